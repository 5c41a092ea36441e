#pragma once

// Pages in Chromium without a window, where Debian's package chromium is installed.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/temp_folder.hpp"

namespace adjoint {

/// Whether there is a Chromium that starts.
bool has_browser();
/// Said where a test is skipped because there is none.
inline constexpr const char* kNoBrowser =
    "no chromium to draw pages with; install it with scripts/install-packages browser";

/// Opens a copy of the page in a window of that size and runs `script` in it: an expression with
/// the result, which may be a promise. The answer is {"result", "errors": messages of the console,
/// uncaught errors and what the page's security policy refused, "requests": addresses that it asked
/// for}.
nlohmann::json run_in_page(const std::filesystem::path& page, const std::string& script,
                           int width = 1200, int height = 900);

/// A page as a server sends it, after some seconds of its own time: all its elements as HTML, and
/// the lines of its console.
struct ServedPage {
  std::string dom;
  std::string console;
};
ServedPage open_address(const std::string& address);

}  // namespace adjoint
