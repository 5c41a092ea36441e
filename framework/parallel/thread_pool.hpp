#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// Plain threads that run numbered tasks. Waiting threads sleep, after a moment in which they give
/// way to others and look for the next tasks: waking takes longer than many a task. run() allocates
/// nothing. Which thread takes which task is left open, so results must not depend on it.
class ThreadPool {
 public:
  /// The calling thread counts as one of `threads`; 0 means one for each processor. Where the
  /// system gives fewer, the pool runs with those: size() is less than wanted().
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }
  int wanted() const { return wanted_; }

  /// Calls task(number, worker) for number = 0 ... count - 1, where worker < size() tells which
  /// thread runs it, and returns when all are done. Rethrows the first exception. Not to be called
  /// from a task.
  template <class Task>
  void run(Index count, Task&& task) {
    run_erased(
        count,
        [](void* context, Index number, int worker) {
          (*static_cast<std::remove_reference_t<Task>*>(context))(number, worker);
        },
        &task);
  }

 private:
  using Call = void (*)(void* context, Index number, int worker);
  void run_erased(Index count, Call call, void* context);
  void work(std::unique_lock<std::mutex>& lock, int worker);

  int wanted_ = 1;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  bool stop_ = false;
  Call call_ = nullptr;
  void* context_ = nullptr;
  Index next_ = 0, count_ = 0;
  // Read without the mutex, too.
  std::atomic<Index> running_ = 0;
  std::atomic<Index> runs_ = 0;  // with tasks for more than one thread
  std::exception_ptr failure_;
};

/// Runs task(number) for number = 0 ... count - 1 over so many elements together; in this thread
/// where waking others would take longer.
template <class Task>
void run_tasks(ThreadPool& pool, Index count, Index elements, Task task) {
  constexpr Index kWorthWaking = 100'000;
  if (elements < kWorthWaking) {
    for (Index i = 0; i < count; ++i) task(i);
  } else {
    pool.run(count, [&](Index i, int) { task(i); });
  }
}

}  // namespace adjoint
