#pragma once

// A server for this machine alone: it answers GET and HEAD for a few paths, and changes nothing.

#include <map>
#include <optional>
#include <string>

#include "train/serve/http_module.hpp"

namespace adjoint {

/// A path, as "/data", and what makes its answer. Called from several threads at once.
using ServedPages = std::map<std::string, std::function<PageAnswer()>>;

/// The answer to a request: 405 for another method than GET and HEAD; 403 where the request names
/// another host than this machine, as a page does whose own name was pointed here (DNS rebinding);
/// 404 for another path; 500 where the page cannot be made.
PageAnswer answer_request(const ServedPages& pages, const PageRequest& request);

/// A port from 1 to 65535, 0 for any free one; nothing for the first free one from kFirstPort on.
using WantedPort = std::optional<int>;
inline constexpr int kFirstPort = 8700, kPorts = 20;
/// The port that a text means. Throws InputError naming `option` if it means none.
int parse_port(const std::string& text, const std::string& option);

/// Serves pages on 127.0.0.1 while the result lives. Throws InputError naming `option` and the port
/// if that cannot be had, RunError if the program has no HTTP library.
std::unique_ptr<PageServer> serve_pages(ServedPages pages, WantedPort port,
                                        const std::string& option = "--serve");

}  // namespace adjoint
