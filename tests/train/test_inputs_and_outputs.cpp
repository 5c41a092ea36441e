// No result replaces an input or another result, and one bad file does not stop a folder.

#include <sys/stat.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Safety : public Program {
 protected:
  Safety() {
    save_untrained(folder_ / "model.h5", kPlainConfig);
    for (const char* name : {"in/a.png", "in/b.png"}) image(name);
  }
  /// A gray image; the end of its bytes can be left away.
  void image(const std::string& name, std::size_t bytes = std::string::npos) const {
    fs::create_directories((folder_ / name).parent_path());
    std::string rows;
    for (int i = 0; i < 64 * 64; ++i) rows += static_cast<char>(i * i % 251);
    folder_.write(name, png_bytes({.width = 64, .height = 64, .rows = rows}).substr(0, bytes));
  }
  /// Expects a command to be refused because of this file, which stays as it is.
  void expect_refused(const std::vector<std::string>& arguments, const std::string& file) const {
    SCOPED_TRACE(arguments[0] + " " + arguments.back());
    const std::string before = contents(folder_ / file);
    EXPECT_THAT(message(arguments, 2), AllOf(HasSubstr("would be replaced"), HasSubstr(file)));
    EXPECT_EQ(contents(folder_ / file), before);
  }
};

TEST_F(Safety, NoResultReplacesAnInputImage) {
  for (const char* command : {"denoise", "upscale", "reconstruct"})
    expect_refused({command, "model.h5", "in", "-o", "in"}, "in/a.png");
  expect_refused({"denoise", "model.h5", "in/a.png", "-o", "in/a.png"}, "in/a.png");
  expect_refused({"denoise", "model.h5", "in/a.png", "-o", "out.png", "--grid", "in/a.png"},
                 "in/a.png");
  expect_refused({"denoise", "model.h5", "in/a.png", "-o", "in/b.png", "--reference", "in/b.png"},
                 "in/b.png");
  EXPECT_THAT(message({"denoise", "model.h5", "in", "-o", "in"}, 2), HasSubstr("in/b.png"));
}

TEST_F(Safety, NoResultReplacesAnInputUnderAnotherName) {
  fs::create_directory_symlink("in", folder_ / "link");
  expect_refused({"denoise", "model.h5", "in", "-o", "link"}, "in/a.png");
  fs::create_symlink("in/a.png", folder_ / "other.png");
  expect_refused({"denoise", "model.h5", "in/a.png", "-o", "other.png"}, "in/a.png");
  fs::create_directory(folder_ / "hard");
  fs::create_hard_link(folder_ / "in/b.png", folder_ / "hard/b.png");
  expect_refused({"denoise", "model.h5", "in", "-o", "hard"}, "in/b.png");
  EXPECT_FALSE(fs::exists(folder_ / "hard/a.png"));
  expect_refused({"denoise", "model.h5", "in", "-o", "in/../in/."}, "in/a.png");
}

TEST_F(Safety, NoResultReplacesAnInputArray) {
  const Tensor images = some_images({2, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  write_atomically(folder_ / "one.h5", [&](Hdf5File& file) { file.write("data", view(images)); });
  expect_refused({"denoise", "model.h5", "one.h5", "-o", "one.h5"}, "one.h5");
  expect_refused({"denoise", "model.h5", "one.h5:/data", "-o", "./one.h5:/data"}, "one.h5");
  expect_refused({"encode", "model.h5", "in.npy", "-o", "in.npy"}, "in.npy");
  adjoint_ok({"encode", "model.h5", "in.npy", "-o", "codes.npy"});
  expect_refused({"decode", "model.h5", "codes.npy", "-o", "codes.npy"}, "codes.npy");
  expect_refused({"interpolate", "model.h5", "in/a.png", "in/b.png", "-o", "in/b.png"}, "in/b.png");
}

TEST_F(Safety, NoPictureOrReportReplacesAnInput) {
  expect_refused({"inspect", "model.h5", "--out", "kernels", "--html", "model.h5"}, "model.h5");
  folder_.write("plain.toml", kPlainConfig);
  expect_refused({"inspect", "plain.toml", "--html", "plain.toml"}, "plain.toml");
  expect_refused({"data", "preview", "in", "-o", "in/b.png"}, "in/b.png");
  fs::copy_file(folder_ / "in/a.png", folder_ / "latent.png");
  expect_refused({"inspect", "model.h5", "--out", ".", "--latent", "in", "latent.png"},
                 "latent.png");
}

TEST_F(Safety, NoRunReplacesWhatItIsMadeOf) {
  fs::create_directory(folder_ / "run");
  folder_.write("run/config.toml", "# mine\n" + kPlainConfig);
  expect_refused({"train", "run/config.toml", "--out", "run"}, "run/config.toml");
  adjoint_ok({"train", "run/config.toml", "--out", "first"});
  // The config that a run keeps is its own.
  adjoint_ok({"train", "first/config.toml", "--out", "first", "--overwrite"});
}

TEST_F(Safety, TwoResultsDoNotShareAFile) {
  EXPECT_THAT(message({"denoise", "model.h5", "in/a.png", "-o", "x.png", "--grid", "./x.png"}, 2),
              AllOf(HasSubstr("two results"), HasSubstr("x.png")));
  EXPECT_THAT(message({"denoise", "model.h5", "in", "in/b.png", "-o", "out"}, 2),
              AllOf(HasSubstr("two results"), HasSubstr("out/b.png")));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  fs::create_directory_symlink("in", folder_ / "link");
  EXPECT_THAT(
      message({"denoise", "model.h5", "in/a.png", "-o", "in/x.png", "--grid", "link/x.png"}, 2),
      HasSubstr("two results"));
}

TEST_F(Safety, OneBadFileDoesNotStopAFolder) {
  image("in/cut.png", 700);
  image("in/stub.jpg", 20);
  folder_.write("in/._a.png", "what a Mac leaves on a memory card");
  folder_.write("in/notes.txt", "x");
  fs::create_directory(folder_ / "in/more");
  const ProgramRun run = adjoint({"denoise", "model.h5", "in", "-o", "out"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.out, HasSubstr("2 images denoised"));
  EXPECT_THAT(
      run.err,
      AllOf(HasSubstr("2 of 4 images"), HasSubstr("in/cut.png"), HasSubstr("in/stub.jpg"),
            HasSubstr("not read in in: 1 other file (.txt), 1 folder\n"), Not(HasSubstr("._a"))));
  for (const char* name : {"out/a.png", "out/b.png"})
    EXPECT_EQ(image_info(folder_ / name).shape(), (Shape{64, 64, 1})) << name;
  EXPECT_FALSE(fs::exists(folder_ / "out/cut.png"));

  for (const char* command : {"denoise", "encode"}) {
    EXPECT_THAT(
        message({command, "model.h5", "in", "-o", "strict.npy", "--strict"}, 2),
        AllOf(HasSubstr("2 images cannot be read"), HasSubstr("cut.png"), HasSubstr("stub.jpg")));
  }
  EXPECT_FALSE(fs::exists(folder_ / "strict.npy"));
  // Figures would be those of other images than were named.
  EXPECT_THAT(message({"evaluate", "model.h5", "in"}, 2), HasSubstr("2 images cannot be read"));
  EXPECT_THAT(message({"denoise", "model.h5", "in", "--reference", "in"}, 2),
              HasSubstr("2 images cannot be read"));
}

TEST_F(Safety, FilesOfOneStemHaveResultsOfTheirOwn) {
  fs::copy_file(folder_ / "in/a.png", folder_ / "in/a.pgm");
  adjoint_ok({"denoise", "model.h5", "in", "-o", "out"});
  for (const char* name : {"out/a.png", "out/b.png"}) EXPECT_TRUE(fs::exists(folder_ / name));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "out"), {}), 3);
}

TEST_F(Safety, ResultsAreOfKindsThatAreWritten) {
  for (const std::string out : {"clean.webp", "clean.PNGX", "a/clean.txt"}) {
    EXPECT_THAT(message({"denoise", "model.h5", "in/a.png", "-o", out}, 2),
                AllOf(HasSubstr(out), HasSubstr(".png"), HasSubstr(".npy"), HasSubstr(out + "/")));
    EXPECT_THAT(message({"data", "make", "radar", "-n", "2", "-o", out}, 2), HasSubstr(out));
    EXPECT_FALSE(fs::exists(folder_ / out));
  }
  EXPECT_THAT(message({"denoise", "model.h5", "in", "--noise", "0.1", "--grid", "grid.svg"}, 2),
              AllOf(HasSubstr("--grid grid.svg"), HasSubstr(".png")));
  for (const std::string out : {"clean.webp/", "results", "run.2024", "v1.0"}) {
    adjoint_ok({"denoise", "model.h5", "in/a.png", "-o", out});
    EXPECT_TRUE(fs::exists(folder_ / out / "a.png")) << out;
  }
  // A folder that is there is one, whatever its name.
  adjoint_ok({"denoise", "model.h5", "in/b.png", "-o", "clean.webp"});
  EXPECT_TRUE(fs::exists(folder_ / "clean.webp/b.png"));
}

TEST_F(Safety, NamesOfAnyBytesComeInJson) {
  const std::string name = "caf\xE9";
  fs::create_directory(folder_ / "sorted");
  fs::copy(folder_ / "in", folder_ / "sorted" / name);
  EXPECT_EQ(json_of({"denoise", "model.h5", "in/a.png", "-o", name + ".png"}).at("out"),
            "caf\uF0E9.png");
  EXPECT_TRUE(fs::exists(folder_ / (name + ".png")));
  EXPECT_EQ(json_of({"data", "describe", "sorted"}).at("labels"),
            (nlohmann::json{{"caf\uF0E9", 2}}));
  EXPECT_EQ(json_of({"data", "describe", "sorted/" + name}).at("images"), 2);
  EXPECT_EQ(json_of({"encode", "model.h5", "sorted/" + name, "-o", name + ".npy"}).at("out"),
            "caf\uF0E9.npy");
  EXPECT_EQ(json_of({"data", "make", "shapes", "-n", "1", "-o", name + "s"}).at("out")[0],
            "caf\uF0E9s");
}

}  // namespace
}  // namespace adjoint
