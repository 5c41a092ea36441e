// Killing the program at random moments: whatever is there is whole, and training goes on to the
// same bits.

#include <chrono>
#include <csignal>
#include <random>

#include "tests/train/program.hpp"
#include "tests/train/whole_files.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kMoments = 20;

class Killing : public Program {
 protected:
  /// Runs the program to its end; in seconds.
  double time_of(const std::vector<std::string>& arguments) const {
    const auto start = Clock::now();
    adjoint_ok(arguments);
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  /// Kills the program after so many seconds.
  ProgramRun killed_after(double seconds, const std::vector<std::string>& arguments) const {
    const auto moment = Clock::now() + std::chrono::duration<double>(seconds);
    return adjoint(arguments, {.send = SIGKILL, .when = [=] { return Clock::now() >= moment; }});
  }
  /// A moment within so many seconds, and rather in their later part, where files are written.
  double moment_in(double seconds) {
    return std::uniform_real_distribution<double>(0.1, 1)(random_) * seconds;
  }
  void write_images(const std::string& folder, int count) {
    const Tensor images = some_images({count, 48, 48, 1});
    for (int i = 0; i < count; ++i) {
      write_image(folder_ / folder / fmt::format("{:02}.png", i),
                  view(images).slice(i, 1).reshaped({48, 48, 1}));
    }
  }
  /// Kills a command that writes below out/ at random moments. What it leaves is whole, and images
  /// and tables are those of the undisturbed run, which wrote whole/.
  void kill_while_it_writes(const std::vector<std::string>& command) {
    const auto into = [&](const std::string& out) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.end(), {"-o", out});
      return arguments;
    };
    const double seconds = time_of(into("whole"));
    int cut_short = 0;
    for (int i = 0; i < kMoments; ++i) {
      fs::remove_all(folder_ / "out");
      const double moment = moment_in(seconds);
      SCOPED_TRACE(fmt::format("killed after {} of {} s", moment, seconds));
      cut_short += killed_after(moment, into("out")).signal == SIGKILL ? 1 : 0;
      expect_whole_files(folder_ / "out");
      if (!fs::exists(folder_ / "out")) continue;
      for (const auto& entry : fs::recursive_directory_iterator(folder_ / "out")) {
        const fs::path same = folder_ / "whole" / entry.path().lexically_relative(folder_ / "out");
        if (entry.path().extension() == ".png" || entry.path().extension() == ".csv") {
          EXPECT_TRUE(contents(entry.path()) == contents(same)) << same;
        }
      }
    }
    EXPECT_GT(cut_short, 0);
    adjoint_ok(into("out"));
  }

  std::mt19937 random_{std::random_device{}()};
};

TEST_F(Killing, ATrainingGoesOnToTheSameBitsFromAnyMoment) {
  folder_.write("tiny.toml", kRandomConfig);
  const auto train = [](const std::string& out) {
    return std::vector<std::string>{"train", "tiny.toml", "--out",
                                    out,     "--set",     "training.checkpoint_steps=3"};
  };
  const double seconds = time_of(train("whole"));
  int cut_short = 0;
  for (int i = 0; i < kMoments; ++i) {
    const double moment = moment_in(seconds);
    SCOPED_TRACE(fmt::format("killed after {} of {} s", moment, seconds));
    const std::string out = fmt::format("run-{}", i);
    cut_short += killed_after(moment, train(out)).signal == SIGKILL ? 1 : 0;
    expect_whole_files(folder_ / out);
    if (fs::exists(folder_ / out / "config.toml")) {
      EXPECT_EQ(contents(folder_ / out / "config.toml"), contents(folder_ / "whole/config.toml"));
    }
    std::vector<std::string> again = train(out);
    again.push_back(fs::exists(folder_ / out / "checkpoint.h5") ? "--resume" : "--overwrite");
    adjoint_ok(again);
    expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / out / "checkpoint.h5");
    expect_same_training(folder_ / "whole/best.h5", folder_ / out / "best.h5");
  }
  EXPECT_GT(cut_short, 0);
}

TEST_F(Killing, DenoiseLeavesNothingTorn) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  fs::create_directory(folder_ / "in");
  write_images("in", 24);
  kill_while_it_writes({"denoise", "model.h5", "in"});
}

TEST_F(Killing, DetectLeavesNothingTorn) {
  fs::create_directory(folder_ / "model");
  save_untrained(folder_ / "model/best.h5", kPlainConfig);
  for (const char* name : {"in", "good"}) {
    fs::create_directory(folder_ / name);
    write_images(name, 24);
  }
  kill_while_it_writes({"detect", "model/best.h5", "in", "--calibrate", "good"});
  expect_whole_files(folder_ / "model");
}

}  // namespace
}  // namespace adjoint
