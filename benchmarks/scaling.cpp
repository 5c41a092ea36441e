// How the time of a training step scales: with the batch, the size of the images, the channels, the
// depth and the threads, these also while another process keeps one core half busy. The network is
// denoise28's, which takes images of any size, or a chain of 3x3 convolutions.

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cxxopts.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "benchmarks/workloads.hpp"
#include "framework/graph/training_step.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/optimizers/adam.hpp"

namespace adjoint {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// So many convolutions of so many channels, and one that makes an image of them.
Model chain(Index side, Index channels, Index depth) {
  Model model({side, side, 1});
  const auto add = [&](Index number, Index filters, Activation::Kind activation) {
    model.add({.name = fmt::format("conv{}", number),
               .layer = std::make_shared<Conv2D>(ConvolutionLayer::Settings{
                   .filters = filters, .padding = {.kind = PaddingRule::Kind::same}}),
               .activation = {activation}});
  };
  for (Index i = 0; i < depth; ++i) add(i, channels, Activation::Kind::relu);
  add(depth, 1, Activation::Kind::linear);
  model.initialize(1);
  return model;
}

Model denoiser(Index side) {
  return denoise_network({side, side, 1});
}

/// A training step of a batch of square images.
class Step {
 public:
  Step(Model model, Index batch, int threads)
      : model_(std::move(model)),
        pool_(threads),
        step_(model_, loss_, adam_, {.batch = batch}, pool_),
        images_(make_tensor(model_.input_shape().batched(batch), Real(0.5))) {
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

/// Runs rows of a table, prints them and keeps them for --json.
class Sweeps {
 public:
  Sweeps(double seconds, int threads) : seconds_(seconds), threads_(threads) {}

  /// One row a value: the model that it makes, for so many images a step.
  struct Point {
    Model model;
    Index batch;
    int threads;
  };
  template <class PointOf>
  void sweep(const std::string& name, const std::string& unit, const std::vector<Index>& values,
             PointOf point_of) {
    fmt::print("\n{:>10} {:>10} {:>14}\n", name, "ms/step", "ns/" + unit);
    for (const Index value : values) {
      auto [point, units] = point_of(value);
      const double time = Step(std::move(point.model), point.batch, point.threads).time(seconds_);
      const double cost = time * 1e9 / static_cast<double>(units);
      fmt::print("{:>10} {:>10.3f} {:>14.4g}\n", value, time * 1e3, cost);
      result_[name].push_back({{"value", value}, {"ms", time * 1e3}, {"cost", cost}});
    }
    std::fflush(stdout);
  }
  void run() {
    const int threads = threads_;
    const auto pixels = [](const Point& point) {
      return point.batch * point.model.input_shape()[0] * point.model.input_shape()[1];
    };
    const auto by_pixel = [pixels](Point point) {
      const Index units = pixels(point);
      return std::pair(std::move(point), units);
    };
    // A multiply-add is one of the three products of a step.
    const auto by_product = [pixels](Point point, Index channels, Index depth) {
      const Index units = 3 * 9 * pixels(point) * channels * (2 + (depth - 1) * channels);
      return std::pair(std::move(point), units);
    };
    sweep("batch", "pixel", {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}, [&](Index batch) {
      return by_pixel({denoiser(28), batch, threads});
    });
    sweep("side", "pixel", {28, 56, 112, 256, 512, 1024}, [&](Index side) {
      return by_pixel({denoiser(side), 8, threads});
    });
    sweep("channels", "multiply-add", {4, 8, 16, 24, 32, 48, 64, 96, 128}, [&](Index channels) {
      return by_product({chain(64, channels, 4), 16, threads}, channels, 4);
    });
    sweep("depth", "multiply-add", {1, 2, 4, 8, 16, 32}, [&](Index depth) {
      return by_product({chain(64, 32, depth), 16, threads}, 32, depth);
    });
    std::vector<Index> counts;
    for (Index count = 1; count <= 2 * threads; count *= 2) counts.push_back(count);
    sweep("threads", "pixel", counts, [&](Index count) {
      return by_pixel({denoiser(28), 128, static_cast<int>(count)});
    });
  }

  const nlohmann::ordered_json& result() const { return result_; }

 private:
  double seconds_;
  int threads_;
  nlohmann::ordered_json result_;
};

void neighbours(double seconds, int threads) {
  const auto compare = [&](const char* what) {
    Step one(denoiser(28), 128, 1), many(denoiser(28), 128, threads);
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
      "seconds", "for each row", cxxopts::value<double>()->default_value("0.5"))(
      "json", "file for the rows; scaling_plots.py draws it", cxxopts::value<std::string>());
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    fmt::print("{}", options.help());
    return 0;
  }
  const double seconds = parsed["seconds"].as<double>();
  const int threads = parsed["threads"].as<int>();
  adjoint::Sweeps sweeps(seconds, threads);
  sweeps.run();
  if (threads > 1) adjoint::neighbours(seconds, threads);
  if (parsed.count("json"))
    std::ofstream(parsed["json"].as<std::string>()) << sweeps.result().dump(2) << "\n";
  return 0;
}
