#pragma once

#include <string>
#include <string_view>

namespace adjoint {

/// Messages on standard error: on a terminal, a line that is written over; elsewhere plain lines.
class Terminal {
 public:
  Terminal();

  bool interactive() const { return interactive_; }
  /// Replaces the line under way; does nothing unless interactive.
  void update(const std::string& line);
  /// Ends the line under way, if any, and prints a whole one.
  void print(const std::string& line);
  /// Removes the line under way.
  void clear();

  /// Text in bold or dimmed, unless NO_COLOR is set or this is no terminal.
  std::string bold(std::string_view text) const;
  std::string dim(std::string_view text) const;

 private:
  bool interactive_ = false;
  bool styled_ = false;
};

/// "━━━━━━───", `width` cells wide.
std::string bar(double fraction, int width);
/// "0:42", "1:02:03".
std::string clock_text(double seconds);

}  // namespace adjoint
