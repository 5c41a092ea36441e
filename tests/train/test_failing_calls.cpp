// Each system call of a save fails in turn: the earlier file or the new one is there, whole, and
// the message says which.

#include <cerrno>
#include <cstring>

#include "tests/train/program.hpp"
#include "tests/train/whole_files.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kCalls[] = {"open", "write", "fsync", "linkat", "close", "rename"};

class FailingCalls : public Program {
 protected:
  FailingCalls() { fs::create_directory(folder_ / "saved"); }

  /// Runs the program with the number-th of these calls below saved/ failing; nothing if there are
  /// not so many.
  std::optional<ProgramRun> failing(const std::string& call, int number, int error,
                                    const std::vector<std::string>& arguments) const {
    const fs::path folder = fs::canonical(folder_.path()) / "saved";
    const char* sanitizer = std::getenv("ASAN_OPTIONS");
    ProgramRun run = adjoint(
        arguments,
        {.environment = {
             {"LD_PRELOAD", ADJOINT_FAILING_CALLS},
             {"ADJOINT_FAIL", fmt::format("{} {} {} {}", call, number, error, folder.string())},
             {"ASAN_OPTIONS",
              fmt::format("{}:verify_asan_link_order=0", sanitizer ? sanitizer : "")}}});
    const std::string said = "failing_calls: failed\n";
    const std::size_t at = run.err.find(said);
    if (at == std::string::npos) {
      EXPECT_EQ(run.status, 0) << run.err;
      return std::nullopt;
    }
    run.err.erase(at, said.size());
    return run;
  }
  std::ptrdiff_t files_saved() const {
    return std::distance(fs::directory_iterator(folder_ / "saved"), {});
  }
};

TEST_F(FailingCalls, LeaveTheEarlierFileOrTheNewOneWhole) {
  const auto make = [&](int seed, const std::string& out) {
    return std::vector<std::string>{
        "data", "make", "shapes", "-n", "2", "-o", out, "--seed", std::to_string(seed)};
  };
  adjoint_ok(make(1, "earlier.npy"));
  adjoint_ok(make(2, "later.npy"));
  const std::string earlier = contents(folder_ / "earlier.npy"),
                    later = contents(folder_ / "later.npy");
  ASSERT_NE(earlier, later);
  const std::string out = (fs::canonical(folder_.path()) / "saved/made.npy").string();
  for (const bool exists : {true, false}) {
    for (const char* call : kCalls) {
      for (const int error : {ENOSPC, EIO, EINTR, EACCES}) {
        int number = 1;
        for (;; ++number) {
          SCOPED_TRACE(fmt::format("{} {}: {}", call, number, std::strerror(error)));
          fs::remove_all(folder_ / "saved");
          fs::create_directory(folder_ / "saved");
          if (exists) fs::copy_file(folder_ / "earlier.npy", out);
          const std::optional<ProgramRun> run = failing(call, number, error, make(2, out));
          const std::string now = contents(out);
          if (!run) {
            EXPECT_TRUE(now == later);
            break;
          }
          if (run->status == 0) {
            // Interrupted and called again; or a folder that may not be opened, which is its right.
            EXPECT_TRUE(error == EINTR || error == EACCES);
            EXPECT_TRUE(now == later);
          } else {
            EXPECT_EQ(run->status, 1);
            EXPECT_NE(error, EINTR);
            EXPECT_THAT(run->err, HasSubstr(out));
            EXPECT_THAT(run->err, HasSubstr(std::strerror(error)));
            if (now == later) {
              EXPECT_THAT(run->err, HasSubstr("the new file is in place"));
            } else if (exists) {
              EXPECT_TRUE(now == earlier);
              EXPECT_THAT(run->err, HasSubstr("the earlier file is as it was"));
            } else {
              EXPECT_FALSE(fs::exists(out));
              EXPECT_THAT(run->err, HasSubstr("no file was written"));
            }
          }
          EXPECT_EQ(files_saved(), fs::exists(out) ? 1 : 0);
        }
        EXPECT_GT(number, 1) << call << " is never called: the library was not preloaded";
      }
    }
  }
}

TEST_F(FailingCalls, AreTriedInAnotherWayWhereTheDiskKnowsNoFilesWithoutAName) {
  const std::string out = (fs::canonical(folder_.path()) / "saved/made.npy").string();
  const std::vector<std::string> make{"data", "make", "shapes", "-n", "2", "-o", out};
  adjoint_ok({"data", "make", "shapes", "-n", "2", "-o", "whole.npy"});
  for (const auto& [call, error] :
       {std::pair{"open", EOPNOTSUPP}, std::pair{"open", EISDIR}, std::pair{"linkat", ENOENT}}) {
    for (int times = 0; times < 2; ++times) {
      const std::optional<ProgramRun> run = failing(call, 1, error, make);
      ASSERT_TRUE(run);
      EXPECT_EQ(run->status, 0) << run->err;
      EXPECT_TRUE(contents(out) == contents(folder_ / "whole.npy"));
      EXPECT_EQ(files_saved(), 1);
    }
    fs::remove(out);
  }
}

TEST_F(FailingCalls, LeaveATrainingThatGoesOnToTheSameBits) {
  folder_.write("tiny.toml", kRandomConfig);
  const std::string run_folder = (fs::canonical(folder_.path()) / "saved/run").string();
  const auto train = [&](const std::string& out, int epochs) {
    return std::vector<std::string>{
        "train", "tiny.toml", "--out", out, "--set", fmt::format("training.epochs={}", epochs)};
  };
  adjoint_ok(train("begun", 1));
  adjoint_ok(train("whole", 2));
  std::vector<std::string> resume = train(run_folder, 2);
  // A report says in itself what could not be read for it.
  resume.insert(resume.end(), {"--resume", "--no-report"});
  for (const char* call : kCalls) {
    int number = 1;
    for (;; ++number) {
      SCOPED_TRACE(fmt::format("{} {}", call, number));
      fs::remove_all(folder_ / "saved/run");
      fs::copy(folder_ / "begun", run_folder, fs::copy_options::recursive);
      const std::optional<ProgramRun> run = failing(call, number, EIO, resume);
      expect_whole_files(run_folder);
      if (!run) break;
      // A history or a picture can be made again: no reason to end a training.
      if (run->status == 0) {
        EXPECT_THAT(run->err, HasSubstr("warning: cannot write"));
      } else {
        EXPECT_EQ(run->status, 1) << run->err;
      }
      EXPECT_THAT(run->err, HasSubstr(std::strerror(EIO)));
      const ProgramRun resumed = adjoint(resume);
      EXPECT_EQ(resumed.status, 0) << resumed.err;
      expect_same_training(folder_ / "whole/checkpoint.h5", fs::path(run_folder) / "checkpoint.h5");
      expect_same_training(folder_ / "whole/best.h5", fs::path(run_folder) / "best.h5");
    }
    EXPECT_GT(number, 5) << call;  // configuration, history, two checkpoints, a picture
  }
}

}  // namespace
}  // namespace adjoint
