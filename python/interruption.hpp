#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <mutex>
#include <string_view>

namespace adjoint::python {

/// Looks for Ctrl-C while C++ computes without the GIL. Python delivers signals to its main thread
/// alone; elsewhere it finds none.
class Interruption {
 public:
  /// Throws what Python's signal handlers raise, KeyboardInterrupt by default. To be called without
  /// the GIL, as often as one likes: it looks every 50 ms.
  void check();

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Waits for a mutex without the GIL; Ctrl-C ends the wait.
std::unique_lock<std::timed_mutex> wait_for(std::timed_mutex& mutex);

/// warnings.warn(text), with the GIL. Throws where a filter makes warnings exceptions.
void warn(std::string_view text);

}  // namespace adjoint::python
