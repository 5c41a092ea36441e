// How the time of a training step scales: with the batch, with the size of the images, and with
// threads, also while another process keeps one core half busy. The network is denoise28's, which
// takes images of any size.

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cxxopts.hpp>
#include <thread>

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

/// A training step of a batch of random square images.
class Step {
 public:
  Step(Index side, Index batch, int threads)
      : model_(denoise_network({side, side, 1})),
        pool_(threads),
        step_(model_, loss_, adam_, {.batch = batch}, pool_),
        images_(make_tensor({batch, side, side, 1}, Real(0.5))) {
    run();
  }
  void run() { step_.run(view(images_), view(images_)); }
  /// Median seconds of a step.
  double time(double seconds) {
    std::vector<double> times;
    for (const auto start = Clock::now(); times.size() < 3 || since(start) < seconds;) {
      const auto begin = Clock::now();
      run();
      times.push_back(since(begin));
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
  }

 private:
  Model model_;
  MeanSquaredError loss_;
  Adam adam_{{}};
  ThreadPool pool_;
  TrainingStep step_;
  Tensor images_;
};

/// A process that computes for 5 ms and sleeps for 5 ms, for as long as this object lives.
class HalfBusyProcess {
 public:
  HalfBusyProcess() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) {
      for (const auto start = Clock::now(); since(start) < 0.005;) continue;
      usleep(5000);
    }
  }
  ~HalfBusyProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  HalfBusyProcess(const HalfBusyProcess&) = delete;
  HalfBusyProcess& operator=(const HalfBusyProcess&) = delete;

 private:
  pid_t pid_;
};

void sizes(double seconds, int threads) {
  fmt::print("\nnanoseconds for each pixel of the batch, {} thread{}\n", threads,
             threads > 1 ? "s" : "");
  fmt::print("{:>6} {:>6} {:>10} {:>10}\n", "side", "batch", "ms/step", "ns/pixel");
  double least = 0, most = 0;
  const auto row = [&](Index side, Index batch) {
    const double time = Step(side, batch, threads).time(seconds);
    const double cost = time * 1e9 / static_cast<double>(side * side * batch);
    fmt::print("{:>6} {:>6} {:>10.3f} {:>10.2f}\n", side, batch, time * 1e3, cost);
    least = least == 0 ? cost : std::min(least, cost);
    most = std::max(most, cost);
  };
  for (const Index batch : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}) row(28, batch);
  for (const Index side : {56, 112, 256, 512, 1024}) row(side, 8);
  fmt::print("the dearest costs {:.2f} times the cheapest\n", most / least);
}

void neighbours(double seconds, int threads) {
  const auto compare = [&](const char* what) {
    Step one(28, 128, 1), many(28, 128, threads);
    std::vector<double> ratios;
    for (int round = 0; round < 7; ++round) {
      const double single = one.time(seconds);
      ratios.push_back(single / many.time(seconds));
    }
    std::ranges::sort(ratios);
    fmt::print("{} threads, {}: {:.2f} times as fast as one\n", threads, what,
               ratios[ratios.size() / 2]);
  };
  fmt::print("\n");
  compare("machine to themselves");
  const HalfBusyProcess neighbour;
  compare("another process half busy");
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  cxxopts::Options options("scaling", "How the time of a training step scales");
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.add_options()("h,help", "this text")(
      "threads", "", cxxopts::value<int>()->default_value(std::to_string(cores)))(
      "seconds", "for each row", cxxopts::value<double>()->default_value("0.5"));
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    fmt::print("{}", options.help());
    return 0;
  }
  const double seconds = parsed["seconds"].as<double>();
  const int threads = parsed["threads"].as<int>();
  adjoint::sizes(seconds, 1);
  if (threads > 1) {
    adjoint::sizes(seconds, threads);
    adjoint::neighbours(seconds, threads);
  }
  return 0;
}
