#include "benchmarks/candidates.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>

namespace adjoint {

std::string python_with_torch() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import torch' >/dev/null 2>&1").c_str()) == 0) return python;
  }
  return {};
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void serve_times(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  for (double seconds = 0; std::cin >> seconds;) {
    const auto start = Clock::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    int times = 0;
    for (; times == 0 || elapsed() < seconds; ++times) work();
    const double milliseconds = elapsed() / times * 1e3;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << milliseconds << ' ' << usage.ru_maxrss << std::endl;
  }
}

void add_pytorch(std::vector<Candidate>& candidates, int threads,
                 const std::vector<std::string>& command, bool quick) {
  const std::string python = python_with_torch();
  if (python.empty()) {
    fmt::print("python3 has no torch: Adjoint alone\n");
    return;
  }
  const auto add = [&](int count, const std::string& layout, const std::string& policy,
                       bool keeps) {
    std::vector<std::string> words{python};
    words.insert(words.end(), command.begin(), command.end());
    words.insert(words.end(), {std::to_string(count), layout});
    std::vector<std::string> environment{"OMP_WAIT_POLICY=" + policy};
    if (keeps) {
      environment.insert(environment.end(), {"MALLOC_MMAP_THRESHOLD_=4000000000",
                                             "MALLOC_TRIM_THRESHOLD_=8000000000"});
    }
    candidates.push_back({.by = keeps ? "PyTorch, keeping" : "PyTorch",
                          .threads = count,
                          .worker = std::make_unique<Worker>(words, environment),
                          .note = layout + (count > 1 ? ", " + policy : "")});
  };
  for (const bool keeps : {false, true}) {
    for (const char* layout : {"contiguous", "channels_last"}) {
      if (!quick || threads == 1) add(1, layout, "passive", keeps);
      if (threads == 1) continue;
      add(threads, layout, "passive", keeps);
      if (!quick) add(threads, layout, "active", keeps);
    }
  }
}

void take_turns(std::vector<Candidate>& candidates, int rounds, double seconds) {
  for (int round = 0; round < rounds; ++round) {
    for (Candidate& candidate : candidates) {
      const Worker::Answer answer = candidate.worker->run(seconds);
      candidate.ms.push_back(answer.milliseconds);
      candidate.mib = answer.peak_mib;
      candidate.ratios.push_back(answer.milliseconds / candidates[0].ms.back());
    }
  }
}

void keep_best_pytorch(std::vector<Candidate>& candidates) {
  std::map<std::string, double> best;
  const auto is_pytorch = [](const Candidate& c) { return c.by.starts_with("PyTorch"); };
  for (const Candidate& c : candidates) {
    if (!is_pytorch(c)) continue;
    const auto [known, first] = best.emplace(c.by, median(c.ms));
    known->second = std::min(known->second, median(c.ms));
  }
  std::erase_if(candidates,
                [&](const Candidate& c) { return is_pytorch(c) && median(c.ms) > best[c.by]; });
}

}  // namespace adjoint
