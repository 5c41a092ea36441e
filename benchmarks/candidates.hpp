#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/worker.hpp"

namespace adjoint {

/// Something that is timed in turns with others, in a process of its own.
struct Candidate {
  std::string by;
  int threads;
  std::unique_ptr<Worker> worker;
  std::string note = {};
  std::vector<double> ms = {}, ratios = {};  // to the first candidate, of each turn
  double mib = 0;                            // peak memory
};

double median(std::vector<double> values);

/// The other end of a Worker: does the work for as long as each line that comes in says.
void serve_times(const std::function<void()>& work);

/// The Python that has torch; empty if none. Debian's own stands behind one that was put before it.
std::string python_with_torch();

/// Adds PyTorch in every setting that may be its best: threads, memory layout, what idle threads
/// do, and whether the C library keeps freed memory. `command` is a script and its first arguments;
/// threads and layout follow. `quick` leaves out one thread and idle threads that spin: for work
/// that takes many seconds. Adds nothing where no Python has torch.
void add_pytorch(std::vector<Candidate>& candidates, int threads,
                 const std::vector<std::string>& command, bool quick = false);

/// Each candidate runs for so many seconds, round after round.
void take_turns(std::vector<Candidate>& candidates, int rounds, double seconds);

/// Keeps two of PyTorch's candidates: the fastest by default, and the fastest that keeps memory.
void keep_best_pytorch(std::vector<Candidate>& candidates);

}  // namespace adjoint
