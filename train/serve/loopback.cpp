#include "train/serve/loopback.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr int kLargestPort = 65535;

/// "LocalHost:8700" -> "localhost". Any port: a tunnel may have another one.
std::string name_in(const std::string& host) {
  std::string name = host.substr(0, host.rfind(':'));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

bool is_this_machine(const std::string& host) {
  const std::string name = name_in(host);
  return name == "127.0.0.1" || name == "localhost";
}

}  // namespace

PageAnswer answer_request(const ServedPages& pages, const PageRequest& request) {
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = 405, .body = "only GET and HEAD are answered\n", .allow = "GET, HEAD"};
  if (!is_this_machine(request.host))
    return {.status = 403, .body = "ask for this page as 127.0.0.1 or localhost\n"};
  const auto page = pages.find(request.path);
  if (page == pages.end()) return {.status = 404, .body = "there is no such page\n"};
  try {
    return page->second();
  } catch (const std::exception& error) {
    return {.status = 500, .body = std::string(error.what()) + "\n"};
  }
}

int parse_port(const std::string& text, const std::string& option) {
  int port = -1;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end || port < 0 || port > kLargestPort) {
    throw InputError("{} {}: expected a port from 1 to {}, or 0 for any free one", option, text,
                     kLargestPort);
  }
  return port;
}

std::unique_ptr<PageServer> serve_pages(ServedPages pages, WantedPort port,
                                        const std::string& option) {
  const HttpModule& module = http_module();
  const PageHandler handler = [pages = std::move(pages)](const PageRequest& request) {
    return answer_request(pages, request);
  };
  const int first = port.value_or(kFirstPort), ports = port ? 1 : kPorts;
  for (int tried = first; tried < first + ports; ++tried)
    if (std::unique_ptr<PageServer> server = module.serve(tried, handler)) return server;
  if (!port) {
    throw InputError("{}: the ports {} to {} of 127.0.0.1 are taken; name a free one, or 0 for any",
                     option, first, first + ports - 1);
  }
  throw InputError(
      "{} {}: this port of 127.0.0.1 is taken{}; name another one, or 0 for any free "
      "one",
      option, first, first > 0 && first < 1024 ? ", or the system's alone" : "");
}

}  // namespace adjoint
