#pragma once

#include <fmt/format.h>

#include "framework/parallel/thread_pool.hpp"
#include "train/program/standard_streams.hpp"

namespace adjoint {

/// The threads of a command. Says so on standard error if the system gives fewer than were asked
/// for.
class ProgramThreads : public ThreadPool {
 public:
  /// 0 means one for each processor.
  explicit ProgramThreads(int threads = 0) : ThreadPool(threads) {
    if (size() == wanted()) return;
    complain(
        fmt::format("adjoint: the system gives {} of {} threads (see `ulimit -u` or the "
                    "container's pids limit); "
                    "going on with those, to the same result",
                    size(), wanted()));
  }
};

}  // namespace adjoint
