#pragma once

#include <chrono>
#include <string>

#include "datasets/fetch/fetch_data.hpp"
#include "train/program/terminal.hpp"

namespace adjoint {

/// Shows a download on standard error: a bar with the bytes, their rate and ETA while it runs, and
/// a line for what goes wrong and is repaired. The bar goes when it does.
class FetchDisplay {
 public:
  ~FetchDisplay() { terminal_.clear(); }
  void show(const FetchProgress& progress);
  Terminal& terminal() { return terminal_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Mark {
    Clock::time_point time{};
    std::uintmax_t done = 0;
  };
  Terminal terminal_;
  Clock::time_point drawn_{};
  Mark earlier_, later_;  // the rate is that since the earlier one, some seconds ago
};

}  // namespace adjoint
