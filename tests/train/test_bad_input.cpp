// Bad input: one clear message, the right exit status (2: what the user can fix in the input, 1:
// failures while running), and earlier files as they were.

#include <limits>

#include "datasets/formats/npy.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

class BadInput : public Program {
 protected:
  BadInput() {
    folder_.write("plain.toml", kPlainConfig);
    save_untrained(folder_ / "model.h5", kPlainConfig);
    write_npy(folder_ / "in.npy", view(images_));
  }
  /// The message of training on other data than synthetic ones.
  std::string train_on(const std::string& source, const std::string& path, int status = 2) const {
    folder_.write("data.toml", with(kPlainConfig, "\"synthetic\"\nsize = 16\ncount = 64\n",
                                    "\"" + source + "\"\npath = \"" + path + "\"\n"));
    return message({"train", "data.toml"}, status);
  }
  std::string train_with(const std::string& part, const std::string& other) const {
    folder_.write("bad.toml", with(kPlainConfig, part, other));
    return message({"train", "bad.toml"}, 2);
  }
  void cut(const std::string& name, std::size_t bytes) const {
    folder_.write(name, contents(folder_ / name).substr(0, bytes));
  }

  const Tensor images_ = some_images({4, 8, 8, 1});
};

TEST_F(BadInput, OfTheCommandLineNamesTheMistake) {
  EXPECT_THAT(message({"trian", "plain.toml"}, 2),
              AllOf(HasSubstr("\"trian\""), HasSubstr("adjoint --help")));
  EXPECT_EQ(adjoint({}).status, 2);
  EXPECT_THAT(message({"train"}, 2), HasSubstr("config is missing; usage: adjoint train CONFIG"));
  EXPECT_THAT(message({"train", "plain.toml", "--epochs", "3"}, 2),
              AllOf(HasSubstr("epochs"), HasSubstr("usage: adjoint train")));
  EXPECT_THAT(message({"train", "plain.toml", "more.toml"}, 2), HasSubstr("\"more.toml\""));
  EXPECT_THAT(message({"train", "plain.toml", "--threads", "many"}, 2), HasSubstr("many"));
  EXPECT_THAT(message({"train", "plain.toml", "--threads=-2"}, 2), HasSubstr("--threads -2"));
  EXPECT_THAT(message({"denoise"}, 2), HasSubstr("checkpoint is missing"));
  EXPECT_THAT(message({"denoise", "model.h5"}, 2), HasSubstr("input is missing"));
  EXPECT_THAT(message({"decode", "model.h5"}, 2), HasSubstr("codes is missing"));
  EXPECT_THAT(
      message({"denoise", "model.h5", "in.npy", "--noise", "1", "--reference", "in.npy"}, 2),
      HasSubstr("exclude each other"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_F(BadInput, OfPathsThatCannotBeLookedAtIsRefused) {
  const std::string far(300, 'x');  // longer than a name may be
  std::filesystem::create_symlink("loop", folder_ / "loop");
  for (const std::string& path : {far, std::string("loop")}) {
    for (const char* command : {"denoise", "encode", "detect"})
      EXPECT_THAT(message({command, "model.h5", path}, 2), HasSubstr(path)) << command;
    EXPECT_THAT(message({"train", "plain.toml", "--out", path}, 2), HasSubstr(path));
    EXPECT_THAT(message({"data", "describe", path}, 2), HasSubstr(path));
    for (const std::string source : {"idx", "cifar10", "images", "npy", "hdf5"})
      EXPECT_THAT(train_on(source, path), HasSubstr(path)) << source;
  }
}

TEST_F(BadInput, OfCountsThatNoMemoryHoldsIsRefused) {
  const std::string most = "4611686018427387904";
  for (const std::string style : {"shapes", "radar"}) {
    for (const std::string out : {"many.npy", "many.h5"}) {
      EXPECT_THAT(message({"data", "make", style, "-n", most, "-o", out}, 2),
                  HasSubstr("more numbers than any memory holds"));
    }
  }
  EXPECT_THAT(message({"explain", "conv", "--kernel", "60000", "--padding", "same"}, 2),
              AllOf(HasSubstr("kernel"), HasSubstr("60000x60000")));
  EXPECT_THAT(message({"explain", "conv", "--kernel", most, "--padding", most}, 2),
              HasSubstr(most));
  EXPECT_THAT(message({"explain", "transpose", "--input", most}, 2), HasSubstr(most));
  EXPECT_THAT(message({"explain", "conv", "--dilation", most, "--padding", "same"}, 2),
              HasSubstr(most));
}

TEST_F(BadInput, OfAConfigNamesFileLineAndKey) {
  EXPECT_THAT(train_with("batch_size", "batchsize"),
              AllOf(HasSubstr("bad.toml:"), HasSubstr("batchsize"), HasSubstr("batch_size")));
  EXPECT_THAT(train_with("batch_size = 16", "batch_size = \"all\""),
              AllOf(HasSubstr("bad.toml:"), HasSubstr("batch_size")));
  EXPECT_THAT(train_with("batch_size = 16\nsamples = 2\n", "batch_size = "),
              HasSubstr("bad.toml:"));
  EXPECT_THAT(message({"train", "none.toml"}, 2), HasSubstr("none.toml"));
  EXPECT_THAT(message({"train", "plain.toml", "--set", "training.epoch=3"}, 2),
              AllOf(HasSubstr("training.epoch"), HasSubstr("epochs")));
  EXPECT_THAT(message({"train", "in.npy"}, 2), HasSubstr("in.npy"));
}

TEST_F(BadInput, OfAModelThatDoesNotFitItsDataNamesTheLayer) {
  EXPECT_THAT(train_with("filters = 1\n", "filters = 2\n"),
              AllOf(HasSubstr("bad.toml:"), HasSubstr("\"dec1\""), HasSubstr("16x16x2"),
                    HasSubstr("16x16x1")));
  EXPECT_THAT(train_with("count = 64", "count = 64\nchannels = 3"),
              AllOf(HasSubstr("bad.toml:"), HasSubstr("16x16x3")));
  EXPECT_THAT(train_with("size = 16", "size = 15"), HasSubstr("15x15x1"));
  EXPECT_THAT(train_with("name = \"dec1\"\n",
                         "type = \"Flatten\"\n[[model.layer]]\ntype = \"Dense\"\nunits = 3\n"
                         "[[model.layer]]\nname = \"dec1\"\n"),
              AllOf(HasSubstr("bad.toml:"), AnyOf(HasSubstr("Dense"), HasSubstr("dense"))));
}

TEST_F(BadInput, OfADamagedFileOfImagesNamesIt) {
  write_npy(folder_ / "cut.npy", view(images_));
  cut("cut.npy", 500);
  EXPECT_THAT(train_on("npy", "cut.npy"), HasSubstr("cut.npy"));
  EXPECT_THAT(message({"denoise", "model.h5", "cut.npy"}, 2), HasSubstr("cut.npy"));

  folder_.write("cut-ubyte", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16) + "abc");
  EXPECT_THAT(train_on("idx", "cut-ubyte"), HasSubstr("cut-ubyte"));
  EXPECT_THAT(message({"denoise", "model.h5", "cut-ubyte"}, 2), HasSubstr("cut-ubyte"));

  std::filesystem::create_directory(folder_ / "images");
  std::string rows;
  for (int i = 0; i < 64 * 64; ++i) rows += static_cast<char>(i * i % 251);
  for (const char* name : {"images/a.png", "images/b.png", "images/c.png", "images/d.png"})
    folder_.write(name, png_bytes({.width = 64, .height = 64, .rows = rows}));
  cut("images/b.png", 700);
  EXPECT_THAT(message({"denoise", "model.h5", "images/b.png"}, 2), HasSubstr("b.png"));
  EXPECT_THAT(train_on("images", "images"), HasSubstr("b.png"));

  write_atomically(folder_ / "cut.h5", [&](Hdf5File& file) { file.write("data", view(images_)); });
  cut("cut.h5", 1500);
  EXPECT_THAT(message({"denoise", "model.h5", "cut.h5"}, 2), HasSubstr("cut.h5"));
  EXPECT_THAT(message({"decode", "model.h5", "cut.npy"}, 2), HasSubstr("cut.npy"));
}

TEST_F(BadInput, OfASizeOfMemorySaysWhatIsOne) {
  for (const std::string size : {"", "M", "12X", "2GG", "-1G", "0", "nan", "1e30"}) {
    EXPECT_THAT(message({"denoise", "model.h5", "in.npy", "--max-memory=" + size}, 2),
                AllOf(HasSubstr("--max-memory"), HasSubstr("512M")));
  }
  EXPECT_THAT(message({"denoise", "model.h5", "in.npy", "--max-memory", "1"}, 2),
              HasSubstr("allow more with --max-memory 1M"));
  for (const std::string size : {"1M", "1048576", "0.5g", "2T"})
    adjoint_ok({"denoise", "model.h5", "in.npy", "--max-memory", size});
}

TEST_F(BadInput, OfAFileThatIsNotThereNamesIt) {
  EXPECT_THAT(message({"denoise", "model.h5", "none.png"}, 2),
              AllOf(HasSubstr("none.png"), HasSubstr("no such file")));
  EXPECT_THAT(message({"denoise", "none.h5", "in.npy"}, 2), HasSubstr("none.h5"));
  EXPECT_THAT(message({"evaluate", "none.h5"}, 2), HasSubstr("none.h5"));
  EXPECT_THAT(message({"train", "none.h5", "--resume"}, 2), HasSubstr("none.h5"));
  std::filesystem::create_directory(folder_ / "empty");
  EXPECT_THAT(message({"denoise", "model.h5", "empty"}, 2),
              AllOf(HasSubstr("empty"), HasSubstr("holds no image")));
  EXPECT_THAT(train_on("npy", "none.npy"), HasSubstr("none.npy"));
  EXPECT_THAT(message({"decode", "model.h5", "none.npy"}, 2), HasSubstr("none.npy"));
}

TEST_F(BadInput, OfACheckpointSaysWhatTheFileIs) {
  EXPECT_THAT(message({"denoise", "in.npy", "in.npy"}, 2),
              AllOf(HasSubstr("in.npy"), HasSubstr("not an HDF5 file")));
  write_atomically(folder_ / "array.h5",
                   [&](Hdf5File& file) { file.write("data", view(images_)); });
  EXPECT_THAT(message({"denoise", "array.h5", "in.npy"}, 2),
              AllOf(HasSubstr("array.h5"), HasSubstr("not a checkpoint")));
  EXPECT_THAT(message({"train", "array.h5"}, 2), HasSubstr("not a checkpoint"));
  cut("model.h5", 5000);
  EXPECT_THAT(message({"denoise", "model.h5", "in.npy"}, 2), HasSubstr("model.h5"));
}

TEST_F(BadInput, OfImagesThatTheModelDoesNotTakeSaysWhy) {
  save_untrained(folder_ / "colour.h5", with(with(kPlainConfig, "[0, 0, 1]", "[0, 0, 3]"),
                                             "filters = 1\n", "filters = 3\n"));
  EXPECT_THAT(message({"denoise", "colour.h5", "in.npy"}, 2),
              AllOf(HasSubstr("3 channels"), HasSubstr("got 1")));
  EXPECT_THAT(message({"encode", "colour.h5", "in.npy"}, 2), HasSubstr("3 channels"));
  const Tensor deep = some_images({1, 2, 3, 4, 5});
  write_npy(folder_ / "deep.npy", view(deep));
  EXPECT_THAT(message({"denoise", "model.h5", "deep.npy"}, 2), HasSubstr("1x2x3x4x5"));
}

TEST_F(BadInput, OfAFolderThatCannotBeWrittenSaysSo) {
  folder_.write("file", "in the way");
  EXPECT_THAT(message({"train", "plain.toml", "--out", "file/run"}, 1),
              AllOf(HasSubstr("file/run"), HasSubstr("--out")));
  EXPECT_THAT(message({"denoise", "model.h5", "in.npy", "-o", "file/out.npy"}, 1),
              HasSubstr("file"));
  EXPECT_THAT(message({"denoise", "model.h5", "in.npy", "-o", "file/out"}, 1), HasSubstr("file"));
  EXPECT_EQ(contents(folder_ / "file"), "in the way");
}

TEST_F(BadInput, OfAFullDiskKeepsTheEarlierCheckpoint) {
  adjoint_ok({"train", "plain.toml", "--out", "run", "--set", "training.epochs=1"});
  const std::string before = contents(folder_ / "run/checkpoint.h5");
  const std::string best = contents(folder_ / "run/best.h5");
  ASSERT_GT(before.size(), 4096u);
  EXPECT_THAT(message({"train", "run/checkpoint.h5", "--resume", "--set", "training.epochs=3"}, 1,
                      {.largest_file = 4096}),
              AllOf(HasSubstr("cannot write run/"), HasSubstr(".h5"), HasSubstr("File too large")));
  EXPECT_EQ(contents(folder_ / "run/checkpoint.h5"), before);
  EXPECT_EQ(contents(folder_ / "run/best.h5"), best);
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "run"))
    EXPECT_THAT(entry.path().string(), Not(HasSubstr(".adjoint-")));
  // And it goes on from there.
  adjoint_ok({"train", "run/checkpoint.h5", "--resume", "--set", "training.epochs=3"});
  adjoint_ok({"train", "plain.toml", "--out", "whole", "--set", "training.epochs=3"});
  expect_same_training(folder_ / "run/checkpoint.h5", folder_ / "whole/checkpoint.h5");
}

TEST_F(BadInput, OfAFullDiskKeepsTheEarlierResult) {
  const Tensor images = some_images({40, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  folder_.write("out.npy", "earlier");
  EXPECT_THAT(
      message({"denoise", "model.h5", "in.npy", "-o", "out.npy"}, 1, {.largest_file = 4096}),
      HasSubstr("out.npy"));
  EXPECT_EQ(contents(folder_ / "out.npy"), "earlier");
  message({"denoise", "model.h5", "in.npy", "-o", "out.h5"}, 1, {.largest_file = 4096});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.h5"));
}

TEST_F(BadInput, OfNumbersThatAreNoneEndsTheTraining) {
  adjoint_ok({"train", "plain.toml", "--out", "run", "--set", "training.epochs=1"});
  EXPECT_THAT(message({"train", "plain.toml", "--out", "run", "--overwrite", "--set",
                       "optimizer.learning_rate=1e30"},
                      1),
              AllOf(HasSubstr("the loss is"), HasSubstr("at step 2"),
                    HasSubstr("optimizer.learning_rate")));
  // Neither broken weights nor those of the run before, under the new one's config.
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/checkpoint.h5"));

  Tensor images = some_images({40, 8, 8, 1});
  images.data()[1000] = std::numeric_limits<Real>::quiet_NaN();
  write_npy(folder_ / "nan.npy", view(std::as_const(images)));
  EXPECT_THAT(train_on("npy", "nan.npy", 1),
              AllOf(HasSubstr("loss is not a number"), HasSubstr("in the data")));
}

}  // namespace
}  // namespace adjoint
