// Stopping the program from outside, and going on.

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Stopping : public Program {
 protected:
  Stopping() { folder_.write("tiny.toml", kRandomConfig); }

  std::vector<std::string> train(const std::string& out) const {
    return {"train", "tiny.toml",        "--out", out, "--set", "training.checkpoint_steps=1",
            "--set", "training.epochs=4"};
  }
  /// Trains until something is saved, and sends a signal then.
  ProgramRun stopped(const std::string& out, int signal) const {
    const std::filesystem::path saved = folder_ / (out + "/checkpoint.h5");
    return adjoint(train(out),
                   {.send = signal, .when = [=] { return std::filesystem::exists(saved); }});
  }
  /// The text after `lead`, to the end of the line.
  static std::string after(const std::string& text, const std::string& lead) {
    const std::size_t at = text.find(lead);
    EXPECT_NE(at, std::string::npos) << text;
    if (at == std::string::npos) return "";
    const std::size_t start = at + lead.size();
    return text.substr(start, text.find('\n', start) - start);
  }
  /// Runs a command as a shell would.
  ProgramRun shell(const std::string& command) const {
    const std::filesystem::path program = ADJOINT_PROGRAM;
    return run_program({"/bin/sh", "-c", command},
                       {.folder = folder_.path(),
                        .environment = {{"PATH", program.parent_path().string() + ":/usr/bin"}}});
  }
};

TEST_F(Stopping, CtrlCSavesAndSaysHowToGoOnToTheSameBits) {
  adjoint_ok(train("whole"));
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string out = "stopped by " + std::to_string(signal);
    const ProgramRun run = stopped(out, signal);
    EXPECT_EQ(run.status, 130);
    EXPECT_EQ(run.signal, 0);
    EXPECT_EQ(run.out, "");
    EXPECT_THAT(run.err, HasSubstr("saved to " + out + "/checkpoint.h5"));
    const Hdf5File saved = Hdf5File::open(folder_ / (out + "/checkpoint.h5"));
    EXPECT_LT(saved.read_integer("adjoint", "epoch"), 4);

    const ProgramRun resumed = shell(after(run.err, "go on with: "));
    EXPECT_EQ(resumed.status, 0) << resumed.err;
    expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / (out + "/checkpoint.h5"));
    expect_same_training(folder_ / "whole/best.h5", folder_ / (out + "/best.h5"));
  }
}

TEST_F(Stopping, AClosedTerminalSavesTheTraining) {
  // The terminal's end and the shell behind it send SIGHUP both, and nothing can be shown any more.
  const std::vector<std::string> words = train("run");
  std::vector<const char*> arguments{ADJOINT_PROGRAM};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  const std::string folder = folder_.path().string();
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::chdir(folder.c_str()) == 0)
      ::execv(ADJOINT_PROGRAM, const_cast<char* const*>(arguments.data()));
    ::_exit(127);
  }
  std::array<char, 4096> shown{};
  while (!std::filesystem::exists(folder_ / "run/checkpoint.h5"))
    ASSERT_GT(::read(terminal, shown.data(), shown.size()), 0);
  ::close(terminal);
  ::usleep(1000);
  ::kill(child, SIGHUP);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 130);
  adjoint_ok(train("whole"));
  std::vector<std::string> resume = train("run");
  resume.push_back("--resume");
  adjoint_ok(resume);
  expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / "run/checkpoint.h5");
}

TEST_F(Stopping, NohupIsRespected) {
  std::string words;
  for (const std::string& word : train("run")) words += " '" + word + "'";
  const std::filesystem::path saved = folder_ / "run/checkpoint.h5";
  const ProgramRun run =
      run_program({"/bin/sh", "-c", "trap '' HUP; exec '" ADJOINT_PROGRAM "'" + words},
                  {.folder = folder_.path(), .send = SIGHUP, .when = [=] {
                     return std::filesystem::exists(saved);
                   }});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(Hdf5File::open(saved).read_integer("adjoint", "epoch"), 4);
}

TEST_F(Stopping, AKilledTrainingGoesOnFromItsLastSteps) {
  adjoint_ok(train("whole"));
  const ProgramRun run = stopped("killed", SIGKILL);
  EXPECT_EQ(run.signal, SIGKILL);
  std::vector<std::string> resume = train("killed");
  resume.push_back("--resume");
  adjoint_ok(resume);
  expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / "killed/checkpoint.h5");
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "whole"))
    EXPECT_TRUE(std::filesystem::exists(folder_ / "killed" / entry.path().filename()));
}

TEST_F(Stopping, ACheckpointAloneIsEnoughToGoOn) {
  adjoint_ok({"train", "tiny.toml", "--out", "whole", "--set", "training.epochs=3"});
  adjoint_ok({"train", "tiny.toml", "--out", "run", "--set", "training.epochs=1"});
  std::filesystem::remove(folder_ / "tiny.toml");
  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::rename(folder_ / "run/checkpoint.h5", folder_ / "elsewhere/checkpoint.h5");
  adjoint_ok({"train", "elsewhere/checkpoint.h5", "--resume", "--set", "training.epochs=3"});
  expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / "elsewhere/checkpoint.h5");
}

TEST_F(Stopping, GoesOnFromTheCheckpointThatIsNamed) {
  adjoint_ok({"train", "tiny.toml", "--out", "whole", "--set", "training.epochs=2"});
  adjoint_ok({"train", "tiny.toml", "--out", "run", "--set", "training.epochs=1"});
  std::filesystem::rename(folder_ / "run/checkpoint.h5", folder_ / "run/mine.h5");
  adjoint_ok({"train", "run/mine.h5", "--resume", "--set", "training.epochs=2", "--out", "on"});
  expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / "on/checkpoint.h5");
}

TEST_F(Stopping, RefusesToGoOnWithAnotherConfig) {
  adjoint_ok({"train", "tiny.toml", "--out", "run", "--set", "training.epochs=1"});
  const std::string before = contents(folder_ / "run/checkpoint.h5");
  EXPECT_THAT(
      message({"train", "run/checkpoint.h5", "--resume", "--set", "training.batch_size=5"}, 2),
      AllOf(HasSubstr("`batch_size = 4`"), HasSubstr("`batch_size = 5`"), HasSubstr("--out")));
  EXPECT_EQ(contents(folder_ / "run/checkpoint.h5"), before);
}

}  // namespace
}  // namespace adjoint
