// Times the training steps of one workload, alone or as the ranks that mpirun starts, and prints
// one line of JSON. ranks.py and scale.py compare such runs; see --help.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cxxopts.hpp>
#include <numeric>

#include "benchmarks/candidates.hpp"
#include "benchmarks/workloads.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/optimizers/adam.hpp"

namespace adjoint {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A batch of one workload, of which this rank holds and trains its samples.
class Training {
 public:
  Training(const Workload& workload, Index batch, const Sharding& sharding, int threads)
      : model_(workload.model),
        batch_(batch),
        pool_(threads),
        step_(model_, loss_, adam_, {.batch = batch, .sharding = sharding}, pool_),
        images_(make_tensor(model_.input_shape().batched(sharding.own_samples(batch).size()))) {
    Random random({.seed = 2});
    for (Real& x : images_) x = static_cast<Real>(random.uniform());
  }
  /// Forward, backward and the sum of the losses.
  void add() { step_.add(view(images_), view(images_), {}, batch_); }
  /// The sum of the gradients, Adam, and the new parameters at every rank.
  void update() { step_.update(); }
  Index parameters() const { return model_.parameter_count(); }

 private:
  Model model_;
  Index batch_;
  MeanSquaredError loss_;
  Adam adam_{{}};
  ThreadPool pool_;
  TrainingStep step_;
  Tensor images_;
};

/// Milliseconds of this rank's steps.
struct Times {
  std::vector<double> all, add, update, communication;
  double bytes = 0;  // sent, a step
};

Times measure(Training& training, Ranks& ranks, int steps) {
  Times times;
  const Ranks::Traffic before = ranks.traffic();
  for (int i = 0; i < steps; ++i) {
    const double waited = ranks.traffic().seconds;
    const auto start = Clock::now();
    training.add();
    const double added = since(start);
    training.update();
    const double all = since(start);
    times.all.push_back(1e3 * all);
    times.add.push_back(1e3 * added);
    times.update.push_back(1e3 * (all - added));
    times.communication.push_back(1e3 * (ranks.traffic().seconds - waited));
  }
  times.bytes = static_cast<double>(ranks.traffic().bytes - before.bytes) / steps;
  return times;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Over all ranks.
double sum(Ranks& ranks, double mine) {
  std::vector<double> all(static_cast<std::size_t>(ranks.size()));
  std::vector<Index> ends(all.size());
  std::iota(ends.begin(), ends.end(), Index{1});
  all[static_cast<std::size_t>(ranks.rank())] = mine;
  gather_all(ranks, std::span(all), ends);
  return std::accumulate(all.begin(), all.end(), 0.0);
}

int run(const cxxopts::ParseResult& options, Ranks& ranks) {
  const Workload known = workload(options["workload"].as<std::string>());
  const Index batch = options.count("batch") ? options["batch"].as<Index>() : known.batch;
  const Sharding sharding{.shards = options["shards"].as<Index>(), .ranks = &ranks};
  const int threads = options["threads"].as<int>();
  Training training(known, batch, sharding, threads);
  // Rank 0 says how many steps fill the time, as all must take the same.
  const Times warm_up = measure(training, ranks, 5);
  int steps = static_cast<int>(1e3 * options["seconds"].as<double>() / median(warm_up.all));
  steps = std::max(steps, 3);
  ranks.broadcast(std::as_writable_bytes(std::span(&steps, 1)));
  const Times times = measure(training, ranks, steps);
  const double bytes = sum(ranks, times.bytes);
  const double communication = sum(ranks, mean(times.communication)) / ranks.size();
  if (!ranks.first()) return 0;
  fmt::print(
      "{{\"workload\": \"{}\", \"ranks\": {}, \"threads\": {}, \"batch\": {}, \"shards\": {}, "
      "\"parameters\": {}, \"ms\": {:.5g}, \"add_ms\": {:.5g}, \"update_ms\": {:.5g}, "
      "\"communication_ms\": {:.5g}, \"bytes\": {:.0f}, \"steps_ms\": [{:.5g}]}}\n",
      known.name, ranks.size(), threads, batch, sharding.shards, training.parameters(),
      mean(times.all), mean(times.add), mean(times.update), communication, bytes,
      fmt::join(times.all, ", "));
  return 0;
}

int parse_and_run(int argc, char** argv, Ranks& ranks) {
  cxxopts::Options options(
      "ranks", "Mean times of a workload's training steps; communication includes waiting");
  options.add_options()("h,help", "this text")(
      "workload", "one of those of workloads.cpp",
      cxxopts::value<std::string>()->default_value("denoise28"))(
      "batch", "of all ranks together; the workload's own if left out", cxxopts::value<Index>())(
      "shards", "of the batch",
      cxxopts::value<Index>()->default_value(std::to_string(Sharding::kDefault)))(
      "threads", "of each rank", cxxopts::value<int>()->default_value("1"))(
      "seconds", "of the steps, after the first five",
      cxxopts::value<double>()->default_value("1"));
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    if (ranks.first()) fmt::print("{}", options.help());
    return 0;
  }
  return run(parsed, ranks);
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  try {
    const std::shared_ptr<adjoint::Ranks> ranks = adjoint::start_ranks();
    return adjoint::parse_and_run(argc, argv, *ranks);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ranks: %s\n", error.what());
    return 1;
  }
}
