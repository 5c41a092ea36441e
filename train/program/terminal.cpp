#include "train/program/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace adjoint {
namespace {

/// A terminal that is gone takes no work along: what it cannot show is dropped.
void show(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

}  // namespace

Terminal::Terminal() {
  const char* term = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  interactive_ = isatty(STDERR_FILENO) && (!term || std::string_view(term) != "dumb");
  styled_ = interactive_ && (!no_color || !*no_color);
}

void Terminal::update(const std::string& line) {
  if (interactive_) show("\r\033[K" + line);
}

void Terminal::print(const std::string& line) {
  clear();
  show(line + "\n");
}

void Terminal::clear() {
  if (interactive_) show("\r\033[K");
}

std::string Terminal::bold(std::string_view text) const {
  return styled_ ? fmt::format("\033[1m{}\033[0m", text) : std::string(text);
}

std::string Terminal::dim(std::string_view text) const {
  return styled_ ? fmt::format("\033[2m{}\033[0m", text) : std::string(text);
}

std::string bar(double fraction, int width) {
  const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * width));
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "━" : "─";
  return text;
}

std::string clock_text(double seconds) {
  const long total = std::lround(std::max(seconds, 0.0));
  const long hours = total / 3600, minutes = total / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60)
                   : fmt::format("{}:{:02}", minutes, total % 60);
}

}  // namespace adjoint
