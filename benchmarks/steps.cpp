// Times whole training steps (forward, loss, backward, Adam) of the workloads, beside PyTorch where
// that is installed. Every candidate is a process of its own; they take turns, and the medians over
// the rounds are compared. See --help.

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cxxopts.hpp>
#include <limits>
#include <memory>
#include <thread>

#include "benchmarks/candidates.hpp"
#include "benchmarks/fma_peak.hpp"
#include "benchmarks/workloads.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// Trains whenever a line with a number of seconds comes in.
void serve(const Workload& workload, int threads, const ConvolutionOptions& convolution) {
  ThreadPool pool(threads);
  Model model = workload.model;
  const MeanSquaredError loss;
  const Adam adam({});
  TrainingStep step(model, loss, adam, {.batch = workload.batch, .convolution = convolution}, pool);
  Tensor images = make_tensor(model.input_shape().batched(workload.batch));
  Random random({.seed = 2});
  for (Real& x : images) x = static_cast<Real>(random.uniform());
  for (int warm_up = 0; warm_up < 3; ++warm_up) step.run(view(images), view(images));

  serve_times([&] { step.run(view(images), view(images)); });
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

void compare(const cxxopts::ParseResult& options, const std::string& self) {
  const int threads = options["threads"].as<int>();
  const int rounds = options["rounds"].as<int>();
  const double seconds = options["seconds"].as<double>();
  fmt::print("{:<12} {:<16} {:>7} {:>9} {:>9} {:>8} {:>6} {:>6} {:>6}\n", "workload", "by",
             "threads", "ms/step", "images/s", "GFLOP/s", "peak", "MiB", "time");
  double log_sum = 0;
  int compared = 0;
  for (const std::string& name : options["workload"].as<std::vector<std::string>>()) {
    const Workload w = workload(name);
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
    if (options.count("alone") == 0)
      add_pytorch(candidates, threads,
                  {options["pytorch"].as<std::string>(), w.name, std::to_string(w.batch)});
    std::vector<double> peaks;
    for (int round = 0; round < rounds; ++round) {
      peaks.push_back(peak_of(threads));
      take_turns(candidates, 1, seconds);
    }
    keep_best_pytorch(candidates);
    const double peak = median(peaks);
    double best_ratio = std::numeric_limits<double>::infinity();
    for (const Candidate& c : candidates) {
      const double time = median(c.ms), rate = operations(w) / time * 1e-6;
      fmt::print("{:<12} {:<16} {:>7} {:>9.2f} {:>9.0f} {:>8.1f} {:>5.0f}% {:>6.0f} {:>6.2f}  {}\n",
                 w.name, c.by, c.threads, time, static_cast<double>(w.batch) / time * 1e3, rate,
                 100 * rate * threads / (peak * c.threads), c.mib, median(c.ratios), c.note);
      if (c.by.starts_with("PyTorch")) best_ratio = std::min(best_ratio, median(c.ratios));
    }
    if (std::isfinite(best_ratio)) {
      log_sum += std::log(best_ratio);
      ++compared;
    }
    std::fflush(stdout);
  }
  if (compared > 1) {
    fmt::print("geometric mean of PyTorch's best times: {:.2f}\n", std::exp(log_sum / compared));
  }
  fmt::print("peak of {} threads: {:.0f} GFLOP/s\n", threads, peak_of(threads));
}

int run(int argc, char** argv) {
  cxxopts::Options options("steps", "Whole training steps, beside PyTorch where python3 has torch");
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.add_options()("h,help", "this text")(
      "workload", "these alone",
      cxxopts::value<std::vector<std::string>>()->default_value(
          fmt::format("{}", fmt::join(workload_names(), ","))))(
      "threads", "of Adjoint; PyTorch takes what is best for it",
      cxxopts::value<int>()->default_value(std::to_string(cores)))(
      "rounds", "turns of each candidate", cxxopts::value<int>()->default_value("7"))(
      "seconds", "of a turn", cxxopts::value<double>()->default_value("1"))(
      "engine", "convolution engine; empty: the best for each product",
      cxxopts::value<std::string>()->default_value(""))(
      "precision", "of a worker", cxxopts::value<std::string>()->default_value("float32"))(
      "alone", "without PyTorch")(
      "pytorch", "the script that runs PyTorch",
      cxxopts::value<std::string>()->default_value(ADJOINT_BENCHMARKS "/steps_pytorch.py"))(
      "worker", "be the process that trains this workload",
      cxxopts::value<std::string>()->default_value(""));
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    fmt::print("{}", options.help());
    return 0;
  }
  if (const auto name = parsed["worker"].as<std::string>(); !name.empty()) {
    serve(workload(name), parsed["threads"].as<int>(),
          {.engine = parsed["engine"].as<std::string>(),
           .precision = precision_of(parsed["precision"].as<std::string>())});
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
