#pragma once

#include <signal.h>

#include <array>
#include <atomic>

namespace adjoint {

/// Exit status of a command that was interrupted: what a shell reports for Ctrl-C.
inline constexpr int kInterrupted = 130;

/// While it lives, Ctrl-C (SIGINT), SIGTERM and a terminal that closes (SIGHUP) set a flag instead
/// of ending the process; a second Ctrl-C or SIGTERM ends it. A SIGHUP that is ignored (nohup)
/// stays so, and whoever reads the progress may leave (SIGPIPE).
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>& flag() const;

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace adjoint
