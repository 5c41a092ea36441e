// The results of commands never destroy a file of another kind, a checkpoint above all.

#include "datasets/formats/npy.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

class Replacing : public Program {
 protected:
  Replacing() {
    save_untrained(folder_ / "model.h5", kPlainConfig);
    // The same under names that commands write to.
    for (const char* name : {"best.h5", "best.png", "best.npy"})
      std::filesystem::copy_file(folder_ / "model.h5", folder_ / name);
    const Tensor images = some_images({2, 16, 16, 1});
    write_npy(folder_ / "in.npy", view(images));
  }
};

TEST_F(Replacing, NoCommandReplacesACheckpoint) {
  const std::string before = contents(folder_ / "model.h5");
  const std::vector<std::vector<std::string>> commands{
      {"data", "make", "shapes", "-n", "2", "-o", "best.h5"},
      {"data", "make", "radar", "-n", "2", "-o", "best.h5"},
      {"data", "make", "shapes", "-n", "2", "-o", "best.npy"},
      {"data", "preview", "in.npy", "-o", "best.png"},
      {"encode", "model.h5", "in.npy", "-o", "best.h5"},
      {"encode", "model.h5", "in.npy", "-o", "best.npy"},
      {"denoise", "model.h5", "in.npy", "-o", "best.h5:/data"},
      {"denoise", "model.h5", "in.npy", "-o", "best.npy"},
      {"denoise", "model.h5", "in.npy", "-o", "out.npy", "--grid", "best.png"},
      {"inspect", "model.h5", "--html", "best.h5"},
      {"explain", "transpose", "--input", "2", "--kernel", "3", "--svg", "best.h5"},
  };
  for (const std::vector<std::string>& command : commands) {
    std::string text;
    for (const std::string& word : command) text += word + " ";
    SCOPED_TRACE(text);
    EXPECT_THAT(message(command, 2), HasSubstr("best."));
    for (const char* name : {"best.h5", "best.png", "best.npy"})
      EXPECT_TRUE(contents(folder_ / name) == before) << name;
  }
}

TEST_F(Replacing, ADrawingOrPageDoesNotReplaceAText) {
  folder_.write("config.toml", kPlainConfig);
  message({"explain", "conv", "--input", "4", "--kernel", "3", "--svg", "config.toml"}, 2);
  message({"inspect", "config.toml", "--html", "config.toml"}, 2);
  EXPECT_EQ(contents(folder_ / "config.toml"), kPlainConfig);
}

TEST_F(Replacing, MadeArraysReplaceArraysOfTheSameNames) {
  adjoint_ok({"data", "make", "shapes", "-n", "2", "-o", "x.h5"});
  adjoint_ok({"data", "make", "shapes", "-n", "3", "-o", "x.h5"});
  EXPECT_EQ(array("x.h5:/data").shape()[0], 3U);
  adjoint_ok({"data", "make", "radar", "-n", "2", "-o", "x.h5"});  // data, labels, masks
  EXPECT_THAT(message({"data", "make", "shapes", "-n", "3", "-o", "x.h5"}, 2), HasSubstr("labels"));
  EXPECT_EQ(array("x.h5:/labels").shape()[0], 2U);
}

}  // namespace
}  // namespace adjoint
