#pragma once

#include <string>
#include <vector>

namespace adjoint {

/// A process that times steps when it is told to, and is stopped in between, so that workers that
/// take turns do not disturb each other. It reads seconds, a number a line, and answers with lines
/// of "<ms per step> <peak memory in KiB>".
class Worker {
 public:
  struct Answer {
    double milliseconds = 0;
    double peak_mib = 0;
  };

  /// Starts `command` with `environment` ("NAME=value") added to this process's own.
  explicit Worker(std::vector<std::string> command, std::vector<std::string> environment = {});
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Throws RunError if the process does not answer.
  Answer run(double seconds);

 private:
  std::string name_;
  int pid_ = -1;
  int to_ = -1, from_ = -1;
};

}  // namespace adjoint
