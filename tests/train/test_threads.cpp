// The program where threads cannot be created: it goes on with those that it got, to the same
// result, and says so.

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

class Threads : public Program {
 protected:
  /// Runs the program where the system gives it so many threads beside its first; it must end soon.
  ProgramRun with_threads(int given, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), ADJOINT_FEW_THREADS);
    return run_program(arguments, {.folder = folder_.path(),
                                   .environment = {{"ADJOINT_TEST_THREADS", std::to_string(given)}},
                                   .timeout = 60});
  }
};

TEST_F(Threads, TooFewForATrainingStillGiveTheSameBits) {
  folder_.write("tiny.toml", kRandomConfig);
  adjoint_ok({"train", "tiny.toml", "--threads", "2", "--out", "expected"});
  const Hdf5File expected = Hdf5File::open((folder_ / "expected/checkpoint.h5").string());
  // None at all; some for the pool and none for the loaders; enough for the pool.
  for (const int given : {0, 5, 63}) {
    const std::string out = "run" + std::to_string(given);
    const ProgramRun run =
        with_threads(given, {"train", "tiny.toml", "--threads", "64", "--out", out});
    ASSERT_EQ(run.status, 0) << run.err;
    const std::string note = "the system gives " + std::to_string(given + 1) + " of 64 threads";
    EXPECT_EQ(run.err.find(note) != std::string::npos, given < 63) << run.err;
    const Hdf5File made = Hdf5File::open((folder_ / out / "checkpoint.h5").string());
    for_each_dataset(expected, "model_weights", [&](const std::string& weight) {
      EXPECT_EQ(bytes_of(made.read(weight)), bytes_of(expected.read(weight))) << weight;
    });
  }
}

TEST_F(Threads, TooFewForACommandAreSaid) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor images = some_images({4, 8, 8, 1});
  write_array(ArrayPlace::parse((folder_ / "in.npy").string()), view(images));
  adjoint_ok({"denoise", "model.h5", "in.npy", "-o", "expected.npy"});
  for (const std::string command : {"denoise", "encode"}) {
    const ProgramRun run =
        with_threads(1, {command, "model.h5", "in.npy", "-o", command + ".npy", "--threads", "8"});
    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(run.err, HasSubstr("the system gives 2 of 8 threads"));
  }
  EXPECT_EQ(contents(folder_ / "denoise.npy"), contents(folder_ / "expected.npy"));
}

}  // namespace
}  // namespace adjoint
