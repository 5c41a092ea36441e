// One run in one folder: a lock, and an empty beginning.

#include <csignal>
#include <thread>

#include "datasets/formats/npy.hpp"
#include "framework/tensor/error.hpp"
#include "tests/train/program.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

class Runs : public Program {
 protected:
  Runs() { folder_.write("tiny.toml", kRandomConfig); }

  static std::vector<std::string> train(std::vector<std::string> more) {
    more.insert(more.begin(), {"train", "tiny.toml", "--out", "run"});
    return more;
  }
  /// Names of what there is in a folder, folders' contents by their path.
  std::vector<std::string> files(const std::string& folder = "run") const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / folder)) {
      if (!entry.is_directory())
        names.push_back(entry.path().lexically_relative(folder_ / folder).string());
    }
    return names;
  }
  /// Calls `act` while a training is under way in the folder, and lets that end.
  ProgramRun while_training(const std::function<void()>& act) const {
    ProgramRun run;
    std::thread training([&] {
      run = adjoint(train({"--set", "training.epochs=1000", "--set", "training.samples=0"}),
                    {.send = SIGTERM, .when = [&] { return fs::exists(folder_ / "enough"); }});
    });
    while (!fs::exists(folder_ / "run/checkpoint.h5"))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    act();
    folder_.write("enough", "");
    training.join();
    return run;
  }
};

TEST_F(Runs, TwoTrainingsInOneFolderAreRefused) {
  const ProgramRun first = while_training([&] {
    for (const std::string how : {"--overwrite", "--resume"}) {
      EXPECT_THAT(message(train({how}), 2), AllOf(HasSubstr("run is in use"), HasSubstr("--out")));
    }
    EXPECT_THAT(message({"train", "run/checkpoint.h5", "--resume"}, 2), HasSubstr("run is in use"));
    adjoint_ok({"train", "tiny.toml", "--out", "other", "--set", "training.epochs=1"});
  });
  EXPECT_EQ(first.status, 130) << first.err;
}

TEST_F(Runs, ReadersNeedNoLock) {
  const Tensor images = some_images({2, 16, 16, 1});
  write_npy(folder_ / "in.npy", view(images));
  while_training([&] {
    adjoint_ok({"evaluate", "run/best.h5"});
    adjoint_ok({"denoise", "run/checkpoint.h5", "in.npy", "-o", "out.npy"});
    adjoint_ok({"detect", "run/best.h5", "in.npy", "-o", "found", "--false-alarms", "0.2"});
    adjoint_ok({"inspect", "run/best.h5", "--out", "pictures"});
  });
}

TEST_F(Runs, AKilledTrainingLeavesNoLock) {
  const ProgramRun killed =
      adjoint(train({}),
              {.send = SIGKILL, .when = [&] { return fs::exists(folder_ / "run/checkpoint.h5"); }});
  ASSERT_EQ(killed.signal, SIGKILL);
  adjoint_ok(train({"--resume"}));
  adjoint_ok(train({"--overwrite", "--set", "training.epochs=1"}));
}

TEST_F(Runs, OverwritingBeginsWithAnEmptyRun) {
  adjoint_ok(train({}));
  const std::vector<std::string> foreign{"run/notes.txt", "run/samples/mine.png",
                                         "run/samples/epoch-x.png", "run/mine.h5"};
  for (const std::string& name : foreign) folder_.write(name, name);
  folder_.write("run/best.calibration.toml", "");  // of weights that will be gone
  // It dies in its first epoch: nothing of the earlier run is left beside its files.
  const ProgramRun killed =
      adjoint(train({"--overwrite", "--set", "data.count=100000"}),
              {.send = SIGKILL, .when = [&] {
                 return contents(folder_ / "run/config.toml").find("100000") != std::string::npos;
               }});
  ASSERT_EQ(killed.signal, SIGKILL);
  for (const std::string& name : foreign) EXPECT_EQ(contents(folder_ / name), name);
  std::vector<std::string> left = files();
  std::erase(left, "history.csv");  // written at the beginning, or not yet, or not yet in place
  std::erase(left, "metrics.jsonl");
  std::erase_if(left, [](const std::string& name) { return name.starts_with(".adjoint-"); });
  EXPECT_THAT(left, UnorderedElementsAre("config.toml", "run.lock", "notes.txt", "samples/mine.png",
                                         "samples/epoch-x.png", "mine.h5"));
  // And it can begin without more ado, from the config that it left as well.
  adjoint_ok({"train", "run/config.toml", "--out", "run", "--set", "data.count=72"});
  adjoint_ok(train({"--overwrite"}));
}

TEST_F(Runs, RemoveWhatAKilledOneHadNotYetMoved) {
  adjoint_ok(train({"--set", "training.epochs=1"}));
  for (const char* name : {"run/.adjoint-aB3dE9", "run/samples/.adjoint-000000"})
    folder_.write(name, "a whole file");
  for (const char* name : {"run/.adjoint-notes1.txt", "run/.adjoint-my-own"})
    folder_.write(name, "somebody's");
  adjoint_ok(train({"--resume", "--set", "training.epochs=2"}));
  EXPECT_THAT(files(),
              AllOf(Not(Contains(".adjoint-aB3dE9")), Not(Contains("samples/.adjoint-000000")),
                    Contains(".adjoint-notes1.txt"), Contains(".adjoint-my-own")));
}

TEST_F(Runs, WhatCannotBeginRemovesNothing) {
  adjoint_ok(train({"--set", "training.epochs=1"}));
  std::map<std::string, std::string> before;
  for (const std::string& name : files()) before[name] = contents(folder_ / "run" / name);
  message(train({"--overwrite", "--set", "data.source=images", "--set", "data.path=none"}), 2);
  message(train({"--overwrite", "--set", "training.batch_size=none"}), 2);
  message(train({"--overwrite", "--from", "none.h5"}), 2);
  EXPECT_THAT(message(train({"--overwrite", "--from", "run/best.h5"}), 2),
              AllOf(HasSubstr("run/best.h5"), HasSubstr("--overwrite removes")));
  message(train({}), 2);
  std::map<std::string, std::string> after;
  for (const std::string& name : files()) after[name] = contents(folder_ / "run" / name);
  EXPECT_EQ(after, before);
}

TEST_F(Runs, BestAloneIsARunTooAndIsNotOverwrittenUnasked) {
  adjoint_ok(train({"--set", "training.epochs=1"}));
  fs::remove(folder_ / "run/checkpoint.h5");
  const std::string best = contents(folder_ / "run/best.h5");
  EXPECT_THAT(message(train({}), 2), HasSubstr("already holds a run"));
  EXPECT_EQ(contents(folder_ / "run/best.h5"), best);
}

TEST_F(Runs, AFolderOfOtherFilesIsNoRunFolder) {
  const std::string config = kRandomConfig + "# a comment\n";
  folder_.write("config.toml", config);
  fs::create_directory(folder_ / "mine");
  folder_.write("mine/history.csv", "kept by hand\n");
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{}, std::vector<std::string>{"--overwrite"}}) {
    const auto refusal = [&](const std::string& out) {
      std::vector<std::string> words{"train", "config.toml", "--out", out};
      words.insert(words.end(), how.begin(), how.end());
      return message(words, 2);
    };
    EXPECT_THAT(refusal("."), HasSubstr("config.toml"));
    EXPECT_THAT(refusal("mine"), AllOf(HasSubstr("mine is not a run's folder"),
                                       HasSubstr("history.csv"), HasSubstr("--out")));
  }
  EXPECT_EQ(contents(folder_ / "config.toml"), config);
  EXPECT_EQ(contents(folder_ / "mine/history.csv"), "kept by hand\n");
  for (const char* lock : {"run.lock", "mine/run.lock"}) EXPECT_FALSE(fs::exists(folder_ / lock));
}

TEST_F(Runs, GoingOnFromAnEarlierCheckpointLeavesNothingOfWhatCameLater) {
  adjoint_ok(train({"--set", "training.epochs=1"}));
  fs::copy_file(folder_ / "run/checkpoint.h5", folder_ / "early.h5");
  adjoint_ok(train({"--resume", "--set", "training.epochs=3"}));
  ASSERT_TRUE(fs::exists(folder_ / "run/samples/epoch-0003.png"));
  // Killed before it has trained an epoch.
  const ProgramRun killed = adjoint(
      {"train", "early.h5", "--out", "run", "--resume", "--overwrite", "--set",
       "training.epochs=2"},
      {.send = SIGKILL, .when = [&] {
         return contents(folder_ / "run/config.toml").find("epochs = 2") != std::string::npos;
       }});
  EXPECT_FALSE(fs::exists(folder_ / "run/samples/epoch-0003.png"));
  const Hdf5File saved = Hdf5File::open(folder_ / "run/checkpoint.h5");
  EXPECT_LE(saved.read_integer("adjoint", "epoch"), 2);
}

TEST_F(Runs, KeepTheCheckpointsOfEveryFewEpochs) {
  adjoint_ok(train({"--set", "training.epochs=5", "--set", "training.keep_every=2"}));
  const auto kept = [&] {
    std::vector<std::string> found = files();
    std::erase_if(found, [](const std::string& name) { return !name.starts_with("epochs/"); });
    return found;
  };
  EXPECT_THAT(kept(), UnorderedElementsAre("epochs/epoch-0002.h5", "epochs/epoch-0004.h5"));
  EXPECT_EQ(Hdf5File::open(folder_ / "run/epochs/epoch-0002.h5").read_integer("adjoint", "epoch"),
            2);
  // A kept checkpoint is one like any other: the training goes on from there, and what it kept
  // later is gone with what came later.
  fs::copy_file(folder_ / "run/epochs/epoch-0002.h5", folder_ / "second.h5");
  folder_.write("run/epochs/mine.h5", "");
  folder_.write("run/epochs/epoch-4.h5", "");  // not our way to write a 4
  adjoint_ok({"train", "second.h5", "--out", "run", "--resume", "--overwrite", "--set",
              "training.epochs=3", "--set", "training.keep_every=3"});
  EXPECT_THAT(kept(), UnorderedElementsAre("epochs/epoch-0002.h5", "epochs/epoch-0003.h5",
                                           "epochs/mine.h5", "epochs/epoch-4.h5"));
  EXPECT_EQ(RunFolder(folder_ / "run").kept_epochs(), (std::vector<Index>{2, 3}));
  adjoint_ok(train({"--overwrite", "--set", "training.epochs=1"}));
  EXPECT_THAT(kept(), UnorderedElementsAre("epochs/mine.h5", "epochs/epoch-4.h5"));
}

TEST_F(Runs, ClaimsOfOneProcessAreShared) {
  const RunFolder folder(folder_ / "run"), copy = folder;
  const auto claim = folder.claim();
  EXPECT_EQ(copy.claim(), claim);
  EXPECT_THAT([&] { RunFolder(folder_ / "run").claim(); },
              testing::ThrowsMessage<InputError>(HasSubstr("is in use")));
}

}  // namespace
}  // namespace adjoint
