// Standard output that cannot be written is a failure, and files are safe from it.

#include "datasets/formats/npy.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class StandardStreams : public Program {
 protected:
  StandardStreams() {
    save_untrained(folder_ / "model.h5", kPlainConfig);
    folder_.write("tiny.toml", kPlainConfig);
    const Tensor images = some_images({2, 16, 16, 1});
    write_npy(folder_ / "in.npy", view(images));
  }
  /// Runs `adjoint` with its streams redirected by a shell.
  ProgramRun shell(const std::string& arguments, const std::string& redirection) const {
    return run_program({"/bin/sh", "-c", "exec \"$ADJOINT\" " + arguments + " " + redirection},
                       {.folder = folder_.path(), .environment = {{"ADJOINT", ADJOINT_PROGRAM}}});
  }
};

TEST_F(StandardStreams, OutputThatCannotBeWrittenIsAFailure) {
  for (const std::string arguments :
       {"--help", "--version", "reference", "completion bash", "data list", "data --help",
        "data describe in.npy", "data make shapes -n 1 -o made.npy",
        "data preview in.npy -o sheet.png", "explain conv --input 4 --kernel 3",
        "inspect tiny.toml", "inspect tiny.toml --plan --json", "evaluate model.h5 in.npy --json",
        "denoise model.h5 in.npy -o out.npy", "encode model.h5 in.npy -o codes.npy",
        "train tiny.toml --set training.epochs=1", "train --help"}) {
    SCOPED_TRACE(arguments);
    ASSERT_EQ(shell(arguments, "> /dev/null").status, 0);
    std::filesystem::remove_all(folder_ / "runs");
    const ProgramRun full = shell(arguments, "> /dev/full");
    EXPECT_EQ(full.status, 1);
    EXPECT_THAT(full.err, HasSubstr("adjoint: cannot write to standard output: "));
    std::filesystem::remove_all(folder_ / "runs");
    EXPECT_EQ(shell(arguments, ">&-").status, 1);
    std::filesystem::remove_all(folder_ / "runs");
  }
  EXPECT_THAT(shell("reference", "> /dev/full").err, HasSubstr("No space left on device"));
  EXPECT_THAT(shell("--version", "> /dev/full").err, HasSubstr("No space left on device"));
  EXPECT_THAT(shell("--version", ">&-").err, HasSubstr("Bad file descriptor"));
}

TEST_F(StandardStreams, AnotherFailureKeepsItsStatus) {
  EXPECT_EQ(shell("denoise none.h5 in.npy", "> /dev/full").status, 2);
}

TEST_F(StandardStreams, FilesDoNotTakeThePlaceOfClosedStreams) {
  adjoint_ok({"data", "make", "shapes", "-n", "2", "-o", "whole.npy"});
  shell("data make shapes -n 2 -o made.npy", "<&- >&- 2>&-");
  EXPECT_EQ(contents(folder_ / "made.npy"), contents(folder_ / "whole.npy"));
}

TEST_F(StandardStreams, ProgressThatNobodyReadsDoesNotEndATraining) {
  const ProgramRun run = run_program(
      {"/bin/sh", "-c",
       "{ \"$ADJOINT\" train tiny.toml --json 2>&1 1>result.json; echo $? > status; } | exec true"},
      {.folder = folder_.path(), .environment = {{"ADJOINT", ADJOINT_PROGRAM}}});
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(contents(folder_ / "status"), "0\n");
  EXPECT_THAT(contents(folder_ / "result.json"),
              AllOf(HasSubstr("\"finished\""), HasSubstr("checkpoint.h5")));
}

}  // namespace
}  // namespace adjoint
