#include "framework/parallel/thread_pool.hpp"

#include <algorithm>
#include <chrono>

#include "framework/parallel/start_threads.hpp"

namespace adjoint {
namespace {

/// Gives way to other threads until the condition holds, or for so long that sleeping costs less.
template <class Condition>
void wait_awake(Condition holds) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kLongest = std::chrono::microseconds(100);
  const Clock::time_point start = Clock::now();
  while (!holds() && Clock::now() - start < kLongest) std::this_thread::yield();
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  wanted_ = threads;
  start_threads(threads_, 1, threads - 1, [this](int worker) {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stop_ || next_ < count_; });
      if (stop_) return;
      work(lock, worker);
      const Index seen = runs_;
      lock.unlock();
      wait_awake([&] { return runs_ != seen; });
      lock.lock();
    }
  });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run_erased(Index count, Call call, void* context) {
  std::unique_lock lock(mutex_);
  call_ = call;
  context_ = context;
  next_ = 0;
  count_ = count;
  failure_ = nullptr;
  if (count > 1) {
    ++runs_;
    wake_.notify_all();
  }
  work(lock, 0);
  if (running_ > 0) {
    lock.unlock();
    wait_awake([&] { return running_ == 0; });  // no task is left that could start
    lock.lock();
  }
  done_.wait(lock, [this] { return next_ >= count_ && running_ == 0; });
  count_ = 0;
  if (failure_) std::rethrow_exception(failure_);
}

void ThreadPool::work(std::unique_lock<std::mutex>& lock, int worker) {
  while (next_ < count_) {
    const Index number = next_++;
    ++running_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      call_(context_, number, worker);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !failure_) failure_ = failure;
    if (--running_ == 0 && next_ >= count_) done_.notify_one();
  }
}

}  // namespace adjoint
