// What several ranks make of images is what one process makes of them, to the byte.

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "tests/datasets/formats/tiff_file.hpp"
#include "tests/support/mpirun.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

using Files = std::map<std::string, std::string>;

/// Layers for several engines, also for one that runs several images together.
const std::string kSeveralEngines = R"(name = "several"
seed = 3
[data]
source = "synthetic"
size = 16
count = 64
validation = 0.4
[[corruption]]
kind = "gaussian"
sigma = 0.2
[model]
input = [0, 0, 1]
latent = "middle"
[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 16
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "middle"
type = "Conv2D"
filters = 24
kernel_size = 3
padding = "same"
activation = "relu"
[[model.layer]]
name = "dec1"
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "same"
[training]
batch_size = 9
[detection]
false_alarms = 0.2
)";

class SpreadInference : public Program {
 protected:
  SpreadInference() { save_untrained(folder_ / "model.h5", kSeveralEngines); }

  /// A gray image of its own for each `seed`, with these bits.
  void image(const std::string& name, Index height, Index width, int seed, int bits = 8) const {
    fs::create_directories((folder_ / name).parent_path());
    Tensor pixels = make_tensor({height, width, 1});
    for (Index i = 0; i < height * width; ++i)
      pixels.data()[i] = static_cast<Real>((i * (31 + seed) + i / 13 * seed) % 256) / 255;
    write_image(folder_ / name, view(std::as_const(pixels)), bits);
  }
  /// Images of three sizes in a folder, most of one, and a file of three pages.
  void folder_of_images() const {
    for (int i = 0; i < 14; ++i) image(fmt::format("in/a{:02}.png", i), 16, 20, i);
    for (int i = 0; i < 3; ++i) image(fmt::format("in/b{}.png", i), 12 + 4 * i, 23, i, 16);
    image("in/c.png", 16, 20, 50);
    write_tiff(folder_ / "in/d.tif", {{.width = 8, .height = 4, .rows = std::string(32, 'a')},
                                      {.width = 8, .height = 4, .rows = std::string(32, 'z')},
                                      {.width = 4, .height = 8, .rows = std::string(32, 'k')}});
    for (int i = 0; i < 3; ++i) image(fmt::format("in/e{}.png", i), 16, 20, 60 + i);
  }
  /// Cuts a file; its head stays whole.
  void cut(const std::string& name) const {
    const std::string bytes = contents(folder_ / name);
    folder_.write(name, bytes.substr(0, bytes.size() / 2));
  }
  Files files() const {
    Files all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      if (!entry.is_directory())
        all[fs::relative(entry, folder_.path()).string()] = contents(entry);
    return all;
  }
  /// The names and bytes of the files that `run` has made; they are removed.
  Files made_by(const std::function<void()>& run) const {
    const Files before = files();
    run();
    Files made = files();
    for (const auto& [name, bytes] : before) {
      EXPECT_EQ(made[name], bytes) << name;
      made.erase(name);
    }
    for (const auto& [name, bytes] : made) fs::remove(folder_ / name);
    return made;
  }
  /// Expects a command to print the same and to make the same files on so many ranks as alone, and
  /// returns what it does alone.
  ProgramRun expect_same(const std::vector<std::string>& arguments,
                         const std::vector<int>& ranks = {2, 3}) const {
    ProgramRun one;
    const Files expected = made_by([&] { one = adjoint(arguments); });
    std::vector<std::string> argv{ADJOINT_PROGRAM};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    for (const int n : ranks) {
      SCOPED_TRACE(fmt::format("{} on {} ranks", arguments[0], n));
      ProgramRun several;
      const Files made = made_by(
          [&] { several = run_on_ranks(ADJOINT_MPIRUN, n, argv, {.folder = folder_.path()}); });
      EXPECT_EQ(several.status, one.status) << several.err;
      EXPECT_EQ(several.out, one.out);
      EXPECT_THAT(several.err, HasSubstr(one.err));
      for (const auto& [name, bytes] : expected)
        EXPECT_TRUE(made.contains(name) && made.at(name) == bytes) << name;
      EXPECT_EQ(made.size(), expected.size());
    }
    return one;
  }
  /// The same for a command that ends well and makes so many files.
  std::string expect_same_files(const std::vector<std::string>& arguments, std::size_t count,
                                const std::vector<int>& ranks = {2, 3}) const {
    EXPECT_EQ(made_by([&] { adjoint_ok(arguments); }).size(), count);
    return expect_same(arguments, ranks).out;
  }
};

TEST_F(SpreadInference, DenoisesAFolderToAFolder) {
  folder_of_images();
  const std::string out = expect_same_files(
      {"denoise", "model.h5", "in", "--noise", "0.1", "-o", "out", "--grid", "grid.png", "--json"},
      23, {2, 3, 4});
  EXPECT_EQ(nlohmann::json::parse(out).at("images"), 24);
}

TEST_F(SpreadInference, DenoisesAFolderToOneFile) {
  for (int i = 0; i < 11; ++i) image(fmt::format("in/{:02}.png", i), 16, 20, i);
  expect_same_files({"denoise", "model.h5", "in", "--noise", "0.1", "-o", "out.npy"}, 1);
  expect_same_files({"denoise", "model.h5", "in", "-o", "out.tif"}, 1);
  expect_same_files({"reconstruct", "model.h5", "in", "--reference", "in", "-o", "out/"}, 11);
}

TEST_F(SpreadInference, RunsTheTilesOfALargeImage) {
  image("large.png", 600, 300, 1);
  expect_same_files({"denoise", "model.h5", "large.png", "--noise", "0.1", "-o", "out.png"}, 1,
                    {2, 3, 4});
  expect_same_files({"denoise", "model.h5", "large.png", "-o", "out.png", "--max-memory", "4M"}, 1);
}

TEST_F(SpreadInference, EncodesImages) {
  // More than go into one batch, so that the ranks take turns.
  const Tensor images = some_images({150, 16, 16, 1});
  write_npy(folder_ / "in.npy", view(images));
  expect_same_files({"encode", "model.h5", "in.npy", "-o", "out.npy", "--json"}, 1, {2, 3, 4});
  image("one.png", 16, 20, 1);
  expect_same_files({"encode", "model.h5", "one.png", "-o", "out.h5"}, 1);
}

TEST_F(SpreadInference, DetectsDefects) {
  folder_of_images();
  cut("in/a05.png");
  for (const char* name : {"masks/a03.png", "masks/c.png"}) image(name, 16, 20, 9);
  const ProgramRun found = expect_same(
      {"detect", "model.h5", "in", "-o", "out", "--masks", "masks", "--baselines", "--json"});
  EXPECT_EQ(found.status, 1);
  EXPECT_THAT(found.err, HasSubstr("a05.png"));
  const nlohmann::json report = nlohmann::json::parse(found.out);
  EXPECT_EQ(report.at("images"), 24);
  EXPECT_EQ(report.at("unscorable"), 1);
  EXPECT_TRUE(report.contains("pixel_auroc"));
  EXPECT_EQ(report.at("baselines").size(), 2U);
  fs::remove(folder_ / "in/a05.png");
  image("large.png", 600, 300, 1);
  expect_same({"detect", "model.h5", "large.png", "-o", "out", "--calibrate", "in"});
}

TEST_F(SpreadInference, EvaluatesOnImages) {
  folder_of_images();
  EXPECT_EQ(nlohmann::json::parse(
                expect_same_files({"evaluate", "model.h5", "in", "--json"}, 0, {2, 3, 4}))
                .at("images"),
            24);
  image("large.png", 600, 300, 1);
  expect_same_files({"evaluate", "model.h5", "large.png", "--noise", "0.3", "--json"}, 0);
}

TEST_F(SpreadInference, EvaluatesOnValidationData) {
  EXPECT_EQ(
      nlohmann::json::parse(expect_same_files({"evaluate", "model.h5", "--json"}, 0, {2, 3, 4}))
          .at("images"),
      26);
}

TEST_F(SpreadInference, RefusesMoreRanksThanShards) {
  save_untrained(folder_ / "two.h5",
                 with(kSeveralEngines, "batch_size = 9", "batch_size = 9\nshards = 2"));
  const ProgramRun run = run_on_ranks(ADJOINT_MPIRUN, 3, {ADJOINT_PROGRAM, "evaluate", "two.h5"},
                                      {.folder = folder_.path()});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("shards = 2"), HasSubstr("3 ranks")));
}

TEST_F(SpreadInference, LeavesOutWhatCannotBeRead) {
  folder_of_images();
  folder_.write("in/a00.png", "no image at all");
  for (const char* name : {"in/e1.png", "in/a02.png"}) cut(name);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"denoise", "model.h5", "in", "-o", "out", "--noise", "0.1"},
        {"denoise", "model.h5", "in", "-o", "out", "--json"}}) {
    const ProgramRun run = expect_same(command);
    EXPECT_EQ(run.status, 1);
    EXPECT_THAT(run.err, HasSubstr("3 of 24 images left out"));
  }
  const ProgramRun strict = expect_same({"denoise", "model.h5", "in", "-o", "out", "--strict"});
  EXPECT_EQ(strict.status, 2);
  EXPECT_THAT(strict.err, HasSubstr("3 images cannot be read"));
  fs::create_directory(folder_ / "cut");
  for (const char* name : {"a.png", "b.png", "c.png"}) {
    image(fmt::format("cut/{}", name), 16, 20, 1);
    cut(fmt::format("cut/{}", name));
  }
  EXPECT_EQ(expect_same({"denoise", "model.h5", "cut", "-o", "out"}).status, 2);
}

TEST_F(SpreadInference, EndsWithTheMistakeOfOneProcess) {
  folder_of_images();
  const ProgramRun sizes = expect_same({"denoise", "model.h5", "in", "-o", "out.npy"});
  EXPECT_EQ(sizes.status, 2);
  EXPECT_THAT(sizes.err, HasSubstr("different shapes"));
}

}  // namespace
}  // namespace adjoint
