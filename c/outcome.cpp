#include "c/outcome.hpp"

namespace adjoint::c {

Outcome& outcome() {
  thread_local Outcome outcome;
  return outcome;
}

void warn(const std::string& warning) {
  std::string& text = outcome().warning;
  text += (text.empty() ? "" : "\n") + warning;
}

}  // namespace adjoint::c
