// `mpirun -n N adjoint train`: the bits of one process, one message for a mistake, and a checkpoint
// that is whole whatever happens to a rank.

#include <chrono>
#include <csignal>
#include <random>

#include "tests/support/mpirun.hpp"
#include "tests/train/program.hpp"
#include "tests/train/whole_files.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Clock = std::chrono::steady_clock;

class RanksProgram : public Program {
 protected:
  /// Batches of which every rank has images.
  RanksProgram() {
    folder_.write("tiny.toml", with(kRandomConfig, "batch_size = 4", "batch_size = 24"));
  }

  ProgramRun on_ranks(int ranks, std::vector<std::string> arguments,
                      ProgramOptions options = {}) const {
    arguments.insert(arguments.begin(), ADJOINT_PROGRAM);
    options.folder = folder_.path();
    return run_on_ranks(ADJOINT_MPIRUN, ranks, arguments, options);
  }
  ProgramRun on_ranks_ok(int ranks, std::vector<std::string> arguments) const {
    ProgramRun run = on_ranks(ranks, std::move(arguments));
    EXPECT_EQ(run.status, 0) << run.err;
    return run;
  }
  /// Expects this status and one message, and returns it.
  static std::string message_of(const ProgramRun& run, int status) {
    EXPECT_EQ(run.status, status) << run.err;
    const std::size_t start = run.err.find("adjoint: ");
    EXPECT_NE(start, std::string::npos) << run.err;
    if (start == std::string::npos) return run.err;
    EXPECT_EQ(run.err.find("adjoint: ", start + 1), std::string::npos) << run.err;
    return run.err.substr(start);
  }
  void expect_same_runs(const std::string& a, const std::string& b) const {
    expect_same_training(folder_ / a / "checkpoint.h5", folder_ / b / "checkpoint.h5");
    expect_same_training(folder_ / a / "best.h5", folder_ / b / "best.h5");
  }
};

TEST_F(RanksProgram, TrainToTheBitsOfOneProcess) {
  adjoint_ok({"train", "tiny.toml", "--out", "whole"});
  for (const int ranks : {1, 2, 3, 4}) {
    SCOPED_TRACE(ranks);
    const std::string out = "run-" + std::to_string(ranks);
    const ProgramRun run = on_ranks_ok(
        ranks, {"train", "tiny.toml", "--out", out, "--threads", ranks == 2 ? "2" : "1"});
    expect_same_runs("whole", out);
    EXPECT_EQ(contents(folder_ / "whole/config.toml"), contents(folder_ / out / "config.toml"));
    EXPECT_EQ(contents(folder_ / "whole/samples/epoch-0003.png"),
              contents(folder_ / out / "samples/epoch-0003.png"));
    EXPECT_EQ(run.err.find(" ranks of ") != std::string::npos, ranks > 1) << run.err;
    const Hdf5File saved = Hdf5File::open(folder_ / out / "checkpoint.h5");
    for (const char* column : {"communication_bytes", "communication_seconds"}) {
      const double last = saved.read_doubles("adjoint/history/" + std::string(column)).back();
      EXPECT_EQ(last > 0, ranks > 1) << column;
    }
  }
}

TEST_F(RanksProgram, TrainOnNoisyTargetsToTheBitsOfOneProcess) {
  for (const std::string target : {"noise2noise", "noise2void"}) {
    SCOPED_TRACE(target);
    const std::vector<std::string> arguments{"train", "tiny.toml", "--set",
                                             "training.target=" + target, "--out"};
    const auto to = [&](const std::string& out) {
      std::vector<std::string> all = arguments;
      all.push_back(target + out);
      return all;
    };
    adjoint_ok(to("-whole"));
    on_ranks_ok(3, to("-three"));
    expect_same_runs(target + "-whole", target + "-three");
  }
}

TEST_F(RanksProgram, TrainWithEverySettingToTheBitsOfOneProcess) {
  const std::vector<std::string> settings{
      "optimizer.use_ema=true",     "optimizer.global_clipnorm=0.02",
      "training.accumulate=3",      "training.shards=4",
      "training.batch_size=7",      "data.normalization.kind=standardize",
      "augmentation.rotate90=true", "training.metrics=[\"ssim\", \"mae\"]"};
  std::vector<std::string> arguments{"train", "tiny.toml"};
  for (const std::string& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const auto to = [&](const std::string& out) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--out", out});
    return all;
  };
  adjoint_ok(to("whole"));
  on_ranks_ok(3, to("three"));
  expect_same_runs("whole", "three");
}

TEST_F(RanksProgram, SayWhichOfThemHaveNothingToDo) {
  const std::vector<std::string> arguments{"train", "tiny.toml", "--set", "training.epochs=1"};
  EXPECT_THAT(on_ranks_ok(3, arguments).err, Not(HasSubstr("warning: 1 of 3 ranks")));
  std::vector<std::string> small = arguments;
  small.insert(small.end(), {"--set", "training.batch_size=8", "--overwrite"});
  EXPECT_THAT(on_ranks_ok(3, small).err,
              HasSubstr("warning: 1 of 3 ranks have no image of any batch: 8 images fill 8 of "
                        "training.shards = 16; take larger batches, fewer shards or fewer ranks"));
}

TEST_F(RanksProgram, GoOnOnAnotherNumberToTheSameBits) {
  adjoint_ok({"train", "tiny.toml", "--out", "whole"});
  on_ranks_ok(3, {"train", "tiny.toml", "--out", "run", "--set", "training.epochs=1"});
  on_ranks_ok(2, {"train", "tiny.toml", "--out", "run", "--set", "training.epochs=2", "--resume"});
  adjoint_ok({"train", "tiny.toml", "--out", "run", "--resume"});
  expect_same_runs("whole", "run");
}

TEST_F(RanksProgram, StopTogetherAtCtrlC) {
  adjoint_ok({"train", "tiny.toml", "--out", "whole", "--set", "training.epochs=120"});
  const fs::path saved = folder_ / "run/checkpoint.h5";
  const ProgramRun run =
      on_ranks(2, {"train", "tiny.toml", "--out", "run", "--set", "training.epochs=120"},
               {.send = SIGINT, .when = [=] { return fs::exists(saved); }});
  EXPECT_NE(run.status, 0);
  EXPECT_THAT(run.err, HasSubstr("saved to run/checkpoint.h5\ngo on with: mpirun -n 2 adjoint "
                                 "train run/checkpoint.h5 --resume"));
  EXPECT_LT(Hdf5File::open(saved).read_integer("adjoint", "epoch"), 120);
  on_ranks_ok(4, {"train", "run", "--resume"});
  expect_same_runs("whole", "run");
}

TEST_F(RanksProgram, SayAMistakeOnce) {
  EXPECT_THAT(message_of(on_ranks(3, {"train", "tiny.toml", "--set", "training.epoch=1"}), 2),
              AllOf(HasSubstr("unknown key \"epoch\""), Not(HasSubstr("rank"))));
  EXPECT_THAT(message_of(on_ranks(3, {"train", "tiny.toml", "--set", "training.shards=2"}), 2),
              HasSubstr("training.shards = 2 is less than the 3 ranks: set training.shards = 4"));
  EXPECT_THAT(message_of(on_ranks(2, {"train", "tiny.toml", "--set", "training.shards=12"}), 2),
              HasSubstr("a power of two from 1 to 4096; got 12"));
  EXPECT_THAT(message_of(on_ranks(2, {"inspect", "tiny.toml"}), 2),
              HasSubstr("inspect runs in one process: start it without mpirun"));
  on_ranks_ok(2, {"train", "tiny.toml", "--out", "run", "--set", "training.epochs=1"});
  EXPECT_THAT(message_of(on_ranks(2, {"train", "tiny.toml", "--out", "run"}), 2),
              AllOf(StartsWith("adjoint: run already holds a run"), Not(HasSubstr("rank 0"))));
}

TEST_F(RanksProgram, RefuseToTrainWithWhatIsNotTheSame) {
  const auto together = [&](std::vector<std::string> theirs) {
    theirs.insert(theirs.begin(), {"train", "tiny.toml", ":", "-n", "1", ADJOINT_PROGRAM, "train"});
    theirs.insert(theirs.end(), {"--out", "run"});
    const std::string message = message_of(on_ranks(1, theirs), 2);
    EXPECT_FALSE(fs::exists(folder_ / "run"));
    return message;
  };
  EXPECT_THAT(together({"tiny.toml", "--set", "seed=4"}),
              AllOf(HasSubstr("the same config: rank 0 (host "),
                    HasSubstr("has `seed = 3`, rank 1"), HasSubstr("has `seed = 4`")));

  // The same config beside other data, in content or in number.
  Tensor images = some_images({12, 16, 16, 1});
  const std::string config = with(kPlainConfig, "source = \"synthetic\"\nsize = 16\ncount = 64",
                                  "source = \"npy\"\npath = \"images.npy\"");
  const auto write = [&](const std::string& folder, ConstView data) {
    fs::create_directory(folder_ / folder);
    folder_.write(folder + "/tiny.toml", config);
    write_array(ArrayPlace::parse((folder_ / folder / "images.npy").string()), data);
  };
  write("a", view(std::as_const(images)));
  images.data()[7 * 256 + 3] += Real(1) / 255;
  write("b", view(std::as_const(images)));
  write("c", view(std::as_const(images)).slice(0, 11));
  for (const std::string other : {"b", "c"}) {
    const ProgramRun run = on_ranks(1, {"train", "a/tiny.toml", ":", "-n", "1", ADJOINT_PROGRAM,
                                        "train", other + "/tiny.toml"});
    EXPECT_THAT(message_of(run, 2), AllOf(HasSubstr("do not have the same"), HasSubstr(" images: "),
                                          HasSubstr("with the checksum"), HasSubstr("rank 1")));
  }
}

TEST_F(RanksProgram, NameTheRankThatCannotReadItsData) {
  folder_.write("other/tiny.toml", kRandomConfig);
  const ProgramRun run =
      on_ranks(1, {"train", "tiny.toml", ":", "-n", "1", ADJOINT_PROGRAM, "train", "nowhere.toml"});
  EXPECT_THAT(message_of(run, 2), AllOf(HasSubstr("nowhere.toml"), HasSubstr("(rank 1 (host ")));
}

TEST_F(RanksProgram, LeaveAWholeCheckpointWhereverOneIsKilled) {
  constexpr int kMoments = 8;  // others in each run of the tests
  std::mt19937 random{std::random_device{}()};
  const auto train = [](std::vector<std::string> more) {
    more.insert(more.begin(),
                {"train", "tiny.toml", "--out", "run", "--set", "training.checkpoint_steps=1",
                 "--threads", "1", "--set", "training.epochs=12"});
    return more;
  };
  std::vector<std::string> alone = train({});
  alone[3] = "whole";
  adjoint_ok(alone);
  const auto start = Clock::now();
  on_ranks_ok(3, train({}));
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  fs::remove_all(folder_ / "run");

  int killed = 0;
  for (int i = 0; i < kMoments; ++i) {
    const double moment = std::uniform_real_distribution<double>(0, 1)(random) * seconds;
    const int ranks = 2 + i % 3;
    const auto victim =
        std::uniform_int_distribution<std::size_t>(0, static_cast<std::size_t>(ranks) - 1)(random);
    SCOPED_TRACE(fmt::format("one of {} ranks killed after {} of {} s", ranks, moment, seconds));
    const auto when = Clock::now() + std::chrono::duration<double>(moment);
    int struck = -1;  // a rank: where some have ended, those that are left are counted
    const auto strike = [&](int launcher) {
      const std::vector<int> watchers = children_of(launcher);
      if (watchers.size() <= victim) return;
      const std::vector<int> workers = children_of(watchers[victim]);
      const int rank = rank_of(watchers[victim]);
      if (!workers.empty() && ::kill(workers[0], SIGKILL) == 0) struck = rank;
    };
    const bool begun = fs::exists(folder_ / "run/checkpoint.h5");
    // Not before MPI has started: Open MPI 4.1's mpirun can hang in its own end, all ranks gone,
    // when one is killed while it connects to it.
    const ProgramRun run = on_ranks(
        ranks, train({begun ? "--resume" : "--overwrite"}),
        {.act = strike, .when = [=] { return Clock::now() >= when; }, .after = " ranks of "});
    expect_whole_files(folder_ / "run");
    if (run.status == 0) {  // it was through, or is killed while it ends
      expect_same_runs("whole", "run");
      fs::remove_all(folder_ / "run");
      continue;
    }
    ++killed;
    EXPECT_GE(struck, 0) << run.err;
    EXPECT_THAT(message_of(run, 1),
                AllOf(HasSubstr(fmt::format("rank {} (host ", struck)), HasSubstr("signal 9")));
  }
  EXPECT_GT(killed, 0);
  const bool begun = fs::exists(folder_ / "run/checkpoint.h5");
  on_ranks_ok(2, train({begun ? "--resume" : "--overwrite"}));
  expect_same_runs("whole", "run");
}

}  // namespace
}  // namespace adjoint
