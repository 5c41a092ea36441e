#pragma once

#include <atomic>

namespace adjoint {

/// While it lives, Ctrl-C (SIGINT) and SIGTERM set a flag instead of ending the process; a second
/// one ends it.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  const std::atomic<bool>& flag() const;
};

}  // namespace adjoint
