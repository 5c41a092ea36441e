#pragma once

#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace adjoint {

/// Adds up to `count` threads that run a copy of `body(number)`, numbered from `first` on: fewer
/// where the system gives no more, as in a container with few process ids. The caller sees how many
/// there are, and must do with none.
template <class Body>
void start_threads(std::vector<std::thread>& threads, int first, int count, const Body& body) {
  threads.reserve(threads.size() + static_cast<std::size_t>(count));
  try {
    for (int number = first; number < first + count; ++number) threads.emplace_back(body, number);
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace adjoint
