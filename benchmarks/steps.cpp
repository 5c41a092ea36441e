// Times whole training steps (forward, loss, backward, Adam) of the workloads, beside PyTorch where
// that is installed. Every candidate is a process of its own; they take turns, and the medians over
// the rounds are compared. See --help.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cxxopts.hpp>
#include <iostream>
#include <memory>
#include <thread>

#include "benchmarks/fma_peak.hpp"
#include "benchmarks/worker.hpp"
#include "benchmarks/workloads.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/losses/mse.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Trains whenever a line with a number of seconds comes in.
void serve(const Workload& workload, int threads, const std::string& engine, Precision precision) {
  ThreadPool pool(threads);
  Model model = workload.model;
  const MeanSquaredError loss;
  const Adam adam({});
  TrainingStep step(model, loss, adam,
                    {.batch = workload.batch, .engine = engine, .precision = precision}, pool);
  Tensor images = make_tensor(model.input_shape().batched(workload.batch));
  Random random({.seed = 2});
  for (Real& x : images) x = static_cast<Real>(random.uniform());
  for (int warm_up = 0; warm_up < 3; ++warm_up) step.run(view(images), view(images));

  using Clock = std::chrono::steady_clock;
  for (double seconds = 0; std::cin >> seconds;) {
    const auto start = Clock::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    int steps = 0;
    for (; steps == 0 || elapsed() < seconds; ++steps) step.run(view(images), view(images));
    const double milliseconds = elapsed() / steps * 1e3;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << milliseconds << ' ' << usage.ru_maxrss << std::endl;
  }
}

/// Operations of a whole step: two for each multiply-add of three products a layer, padding and the
/// first layer's unused product included.
double operations(const Workload& w) {
  const MeanSquaredError loss;
  const Plan plan(w.model, {.mode = Mode::training, .input = w.model.input_shape(), .loss = &loss});
  return 2.0 * static_cast<double>(plan.multiply_adds() * w.batch);
}

/// GFLOP/s of all threads at once.
double peak_of(int threads) {
  std::vector<double> peaks(static_cast<std::size_t>(threads));
  std::vector<std::jthread> running;
  for (double& peak : peaks) running.emplace_back([&peak] { peak = fma_peak(0.2); });
  running.clear();
  double sum = 0;
  for (const double peak : peaks) sum += peak;
  return sum;
}

/// Something that is timed in turns with the others.
struct Candidate {
  std::string by;
  int threads;
  std::unique_ptr<Worker> worker;
  std::string note = {};
  std::vector<double> ms = {}, ratios = {};  // to the first candidate
  double mib = 0;
};

/// PyTorch in every setting that may be its best: threads, memory layout, what idle threads do.
std::vector<Candidate> pytorch(const Workload& w, const std::string& python,
                               const std::string& script, int threads) {
  std::vector<Candidate> candidates;
  for (const int count : {1, threads}) {
    for (const char* layout : {"contiguous", "channels_last"}) {
      for (const char* policy : {"active", "passive"}) {
        if (count == 1 && policy == std::string("passive")) continue;  // nobody waits
        candidates.push_back(
            {"PyTorch", count,
             std::make_unique<Worker>(
                 std::vector<std::string>{python, script, w.name, std::to_string(w.batch),
                                          std::to_string(count), layout},
                 std::vector<std::string>{
                     std::string("OMP_WAIT_POLICY=") + policy,
                     // glibc keeps the memory of a step for the next: up to twice as fast.
                     "MALLOC_MMAP_THRESHOLD_=4000000000", "MALLOC_TRIM_THRESHOLD_=8000000000"}),
             count == 1 ? layout : fmt::format("{}, {}", layout, policy)});
      }
    }
    if (threads == 1) break;
  }
  return candidates;
}

/// The Python that has torch; empty if none. Debian's own stands behind one that was put before it.
std::string python_with_torch() {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import torch' >/dev/null 2>&1").c_str()) == 0) return python;
  }
  return {};
}

void compare(const cxxopts::ParseResult& options, const std::string& self) {
  const int threads = options["threads"].as<int>();
  const int rounds = options["rounds"].as<int>();
  const double seconds = options["seconds"].as<double>();
  const std::string script = options["pytorch"].as<std::string>();
  const std::string python = python_with_torch();
  if (python.empty()) fmt::print("python3 has no torch: Adjoint alone\n");
  fmt::print("{:<10} {:<8} {:>7} {:>9} {:>9} {:>8} {:>6} {:>6} {:>6}\n", "workload", "by",
             "threads", "ms/step", "images/s", "GFLOP/s", "peak", "MiB", "time");
  double log_sum = 0;
  int compared = 0;
  for (const Workload& w : workloads()) {
    const std::string only = options["workload"].as<std::string>();
    if (!only.empty() && only != w.name) continue;
    const auto command = [&](int count, const std::string& precision) {
      return std::vector<std::string>{
          self, "--worker=" + w.name, "--threads=" + std::to_string(count),
          "--precision=" + precision, "--engine=" + options["engine"].as<std::string>()};
    };
    std::vector<Candidate> candidates;
    candidates.push_back(
        {"Adjoint", threads, std::make_unique<Worker>(command(threads, "float32"))});
    candidates.push_back({"Adjoint", 1, std::make_unique<Worker>(command(1, "float32"))});
    if (bf16_refusal().empty()) {
      candidates.push_back({"bf16", threads, std::make_unique<Worker>(command(threads, "bf16"))});
    }
    const auto own = static_cast<std::ptrdiff_t>(candidates.size());
    if (!python.empty()) {
      for (Candidate& c : pytorch(w, python, script, threads)) candidates.push_back(std::move(c));
    }
    std::vector<double> peaks;
    for (int round = 0; round < rounds; ++round) {
      peaks.push_back(peak_of(threads));
      for (Candidate& candidate : candidates) {
        const Worker::Answer answer = candidate.worker->run(seconds);
        candidate.ms.push_back(answer.milliseconds);
        candidate.mib = answer.peak_mib;
        candidate.ratios.push_back(answer.milliseconds / candidates[0].ms.back());
      }
    }
    // Of PyTorch's settings, the best is shown.
    std::sort(candidates.begin() + own, candidates.end(),
              [](const Candidate& a, const Candidate& b) { return median(a.ms) < median(b.ms); });
    if (!python.empty()) candidates.erase(candidates.begin() + own + 1, candidates.end());
    const double peak = median(peaks);
    for (const Candidate& c : candidates) {
      const double time = median(c.ms), rate = operations(w) / time * 1e-6;
      fmt::print("{:<10} {:<8} {:>7} {:>9.2f} {:>9.0f} {:>8.1f} {:>5.0f}% {:>6.0f} {:>6.2f}  {}\n",
                 w.name, c.by, c.threads, time, static_cast<double>(w.batch) / time * 1e3, rate,
                 100 * rate * threads / (peak * c.threads), c.mib, median(c.ratios), c.note);
      if (c.by != "PyTorch") continue;
      log_sum += std::log(median(c.ratios));
      ++compared;
    }
    std::fflush(stdout);
  }
  if (compared > 1) {
    fmt::print("geometric mean of PyTorch's times: {:.2f}\n", std::exp(log_sum / compared));
  }
  fmt::print("peak of {} threads: {:.0f} GFLOP/s\n", threads, peak_of(threads));
}

int run(int argc, char** argv) {
  cxxopts::Options options("steps", "Whole training steps, beside PyTorch where python3 has torch");
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.add_options()("h,help", "this text")("workload", "one of them alone",
                                               cxxopts::value<std::string>()->default_value(""))(
      "threads", "of Adjoint; PyTorch takes what is best for it",
      cxxopts::value<int>()->default_value(std::to_string(cores)))(
      "rounds", "turns of each candidate", cxxopts::value<int>()->default_value("7"))(
      "seconds", "of a turn", cxxopts::value<double>()->default_value("1"))(
      "engine", "convolution engine; empty: the best for each product",
      cxxopts::value<std::string>()->default_value(""))(
      "precision", "of a worker", cxxopts::value<std::string>()->default_value("float32"))(
      "pytorch", "the script that runs PyTorch",
      cxxopts::value<std::string>()->default_value(ADJOINT_PYTORCH_SCRIPT))(
      "worker", "be the process that trains this workload",
      cxxopts::value<std::string>()->default_value(""));
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    fmt::print("{}", options.help());
    return 0;
  }
  if (const auto name = parsed["worker"].as<std::string>(); !name.empty()) {
    serve(workload(name), parsed["threads"].as<int>(), parsed["engine"].as<std::string>(),
          precision_of(parsed["precision"].as<std::string>()));
  } else {
    compare(parsed, argv[0]);
  }
  return 0;
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  try {
    return adjoint::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "steps: %s\n", error.what());
    return 1;
  }
}
