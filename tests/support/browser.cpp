#include "tests/support/browser.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/run_program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStart = "<pre id=\"answer-of-the-test\">", kEnd = "</pre>";

// Before the page's own scripts: all that goes wrong is noted.
constexpr std::string_view kWatch = R"(<script>
var errorsOfTheTest = [];
window.addEventListener("error", (event) => errorsOfTheTest.push(String(event.message)));
window.addEventListener("unhandledrejection", (event) => errorsOfTheTest.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => errorsOfTheTest.push("refused: " + event.blockedURI));
for (const kind of ["error", "warn"]) console[kind] = (...words) => errorsOfTheTest.push(words.join(" "));
</script>)";

// Behind them. The answer is written in hexadecimal digits, in which there is no markup.
constexpr std::string_view kAsk = R"(<script>
setTimeout(async () => {
  let result = null;
  try { result = await (SCRIPT); } catch (error) { errorsOfTheTest.push("in the test: " + error); }
  const requests = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith("data:"));
  parent.postMessage(Array.from(new TextEncoder().encode(JSON.stringify({ result, errors: errorsOfTheTest, requests })),
    (byte) => byte.toString(16).padStart(2, "0")).join(""), "*");
}, 300);
</script>)";

// A window has a least width, a frame has not.
constexpr std::string_view kFrame = R"(<!doctype html><body style="margin: 0">
<script>addEventListener("message", (event) => {
  const answer = document.createElement("pre");
  answer.id = "answer-of-the-test";
  answer.textContent = event.data;
  document.body.append(answer);
});</script>
<iframe src="page.html" style="border: 0; width: WIDTHpx; height: HEIGHTpx"></iframe>
)";

/// A text with the first occurrence of a mark replaced.
std::string with(std::string_view text, std::string_view mark, const std::string& content) {
  std::string result(text);
  return result.replace(result.find(mark), mark.size(), content);
}

void insert(std::string& page, std::string_view before, const std::string& text) {
  const std::size_t at = page.rfind(before);
  if (at == std::string::npos) throw std::runtime_error("the page has no " + std::string(before));
  page.insert(at, text);
}

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

ProgramRun chromium(std::vector<std::string> arguments) {
  const TempFolder profile;
  // As root in a container there is no sandbox, and often little shared memory.
  arguments.insert(arguments.begin(),
                   {"/usr/bin/env", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
                    "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run",
                    "--user-data-dir=" + profile.path().string()});
  return run_program(arguments, {.environment = {{"HOME", profile.path().string()}}});
}

}  // namespace

bool has_browser() {
  static const bool has = [] {
    try {
      return chromium({"--version"}).status == 0;
    } catch (const std::exception&) {
      return false;
    }
  }();
  return has;
}

ServedPage open_address(const std::string& address) {
  const ProgramRun run = chromium({"--virtual-time-budget=20000", "--window-size=1200,900",
                                   "--enable-logging=stderr", "--dump-dom", address});
  ServedPage page{.dom = run.out};
  std::istringstream lines(run.err);
  for (std::string line; std::getline(lines, line);)
    if (line.find("CONSOLE") != std::string::npos) page.console += line + "\n";
  return page;
}

nlohmann::json run_in_page(const fs::path& page, const std::string& script, int width, int height) {
  std::ifstream file(page, std::ios::binary);
  std::string html((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string ask = with(kAsk, "SCRIPT", script);
  // The first one: the page's data may name it as well.
  html.insert(html.find("<title>"), std::string(kWatch));
  insert(html, "</body>", ask);
  const TempFolder folder;
  folder.write("page.html", html);
  const fs::path frame = folder.write(
      "frame.html",
      with(with(kFrame, "WIDTH", std::to_string(width)), "HEIGHT", std::to_string(height)));
  const ProgramRun run = chromium({"--virtual-time-budget=20000", "--window-size=1600,1600",
                                   "--hide-scrollbars", "--dump-dom", "file://" + frame.string()});
  const std::size_t start = run.out.rfind(kStart);
  if (start == std::string::npos) {
    throw std::runtime_error("the page gave no answer: status " + std::to_string(run.status) +
                             ", " + run.err.substr(0, 2000));
  }
  const std::size_t from = start + kStart.size();
  return nlohmann::json::parse(
      bytes_of_hex(std::string_view(run.out).substr(from, run.out.find(kEnd, from) - from)));
}

}  // namespace adjoint
