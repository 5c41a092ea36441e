#pragma once

#include <chrono>
#include <string>

#include "datasets/fetch/fetch_data.hpp"
#include "train/program/terminal.hpp"

namespace adjoint {

/// Shows a download on standard error: a bar with the bytes, their rate and ETA while it runs, and
/// a line for what goes wrong and is repaired.
class FetchDisplay {
 public:
  void show(const FetchProgress& progress);
  Terminal& terminal() { return terminal_; }

 private:
  using Clock = std::chrono::steady_clock;
  Terminal terminal_;
  Clock::time_point start_{}, drawn_{};
  std::uintmax_t first_ = 0;  // bytes at the start
};

}  // namespace adjoint
