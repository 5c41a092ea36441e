#include "framework/parallel/thread_pool.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>

#include "tests/support/fail_threads.hpp"

namespace adjoint {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const Index count : {0, 1, 3, 100}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      std::atomic<bool> worker_in_range = true;
      pool.run(count, [&](Index task, int worker) {
        ++runs[task];
        if (worker < 0 || worker >= threads) worker_in_range = false;
      });
      for (const auto& run : runs) EXPECT_EQ(run, 1);
      EXPECT_TRUE(worker_in_range);
    }
  }
}

TEST(ThreadPool, GivesEachWorkerANumberOfItsOwn) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> inside(4);
  std::atomic<bool> shared = false;
  for (int round = 0; round < 50; ++round) {
    pool.run(16, [&](Index, int worker) {
      if (++inside[worker] > 1) shared = true;
      std::this_thread::yield();
      --inside[worker];
    });
  }
  EXPECT_FALSE(shared);
}

TEST(ThreadPool, HandsAnExceptionToTheCallerAndGoesOn) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 20; ++round) {
      EXPECT_THAT(
          [&] {
            pool.run(10, [](Index task, int) {
              if (task == 7) throw std::runtime_error("task 7");
            });
          },
          testing::ThrowsMessage<std::runtime_error>("task 7"));
      std::atomic<Index> sum = 0;
      pool.run(10, [&](Index task, int) { sum += task; });
      EXPECT_EQ(sum, 45);
    }
  }
}

TEST(ThreadPool, RunsWithTheThreadsThatItGets) {
  for (const int given : {0, 2}) {
    allow_threads(given);
    ThreadPool pool(64);
    allow_threads(-1);
    EXPECT_EQ(pool.size(), given + 1);
    EXPECT_EQ(pool.wanted(), 64);
    std::vector<std::atomic<int>> runs(100);
    pool.run(100, [&](Index task, int) { ++runs[task]; });
    for (const auto& run : runs) EXPECT_EQ(run, 1);
  }
  EXPECT_EQ(ThreadPool(3).wanted(), 3);
}

}  // namespace
}  // namespace adjoint
