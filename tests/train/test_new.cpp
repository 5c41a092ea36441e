// `adjoint new`: what it finds in folders of every kind, what it chooses, and that its configs
// train.

#include <fmt/format.h>

#include <random>

#include "datasets/folder.hpp"
#include "datasets/formats/image_file.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A picture with soft edges: brightness waves of a few dozen pixels, a colour for each channel.
Tensor picture(const Shape& shape, unsigned seed, double sigma = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  const double phase = seed;
  Tensor pixels = make_tensor(shape);
  for (Index y = 0; y < shape[0]; ++y) {
    for (Index x = 0; x < shape[1]; ++x) {
      for (Index c = 0; c < shape[2]; ++c) {
        const double clean = 0.5 + 0.15 * std::sin(0.11 * static_cast<double>(x) + phase) +
                             0.15 * std::cos(0.07 * static_cast<double>(y) - phase) +
                             0.05 * static_cast<double>(c);
        pixels(y, x, c) = static_cast<Real>(clean + sigma * noise(random));
      }
    }
  }
  return pixels;
}

class New : public Program {
 protected:
  std::filesystem::path folder(const std::string& name) const {
    std::filesystem::create_directories(folder_ / name);
    return folder_ / name;
  }
  void write(const std::string& place, const Shape& shape, unsigned seed, double sigma = 0,
             const WriteOptions& options = {}) const {
    const Tensor pixels = picture(shape, seed, sigma);
    write_image(folder_ / place, view(pixels), options);
  }
  /// A folder of photographs of one size.
  void photographs(const std::string& name, int count, double sigma = 0,
                   const Shape& shape = {120, 150, 1}) const {
    folder(name);
    for (int i = 0; i < count; ++i)
      write(fmt::format("{}/{:02}.png", name, i), shape, static_cast<unsigned>(i), sigma);
  }
  /// What the program found and chose. The training is to take a moment alone.
  json made(const std::string& images, const std::string& task,
            std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"new", images, "--task", task, "-o", "my.toml", "--minutes",
                                     "0.01", "--overwrite"});
    return json_of(std::move(options));
  }
  /// Trains by the config that was made, but for a moment.
  void expect_trains() const {
    const bool patches = text().find("patches_per_image") != std::string::npos;
    std::vector<std::string> arguments{"train", "my.toml", "--overwrite", "--set",
                                       "training.epochs=1"};
    if (patches) arguments.insert(arguments.end(), {"--set", "data.patches_per_image=2"});
    adjoint_ok(arguments);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "runs/my/best.h5"));
  }
  std::string text() const { return contents(folder_ / "my.toml"); }
  std::string reasons(const json& document) const { return document["chosen"]["reasons"].dump(); }
};

TEST_F(New, WritesAConfigForEveryTaskThatTrains) {
  photographs("photos", 8, 0, {120, 150, 3});
  for (const char* task : {"denoise", "reconstruct", "detect", "compress", "super-resolution"}) {
    SCOPED_TRACE(task);
    const json document = made("photos", task);
    EXPECT_EQ(document["found"]["images"], 8);
    EXPECT_EQ(document["chosen"]["channels"], 3);
    EXPECT_GT(document["time"]["steps_measured"], 0);
    EXPECT_GT(document["time"]["training_seconds"], 0);
    EXPECT_EQ(document["next"][0], "adjoint train my.toml");
    EXPECT_THAT(text(), AllOf(HasSubstr("name = \"my\""), HasSubstr("path = \"photos\""),
                              HasSubstr("preset = ")));
    expect_trains();
  }
}

TEST_F(New, NamesCommandsThatWork) {
  photographs("my photos", 8);
  made("my photos", "compress");
  expect_trains();
  const json document = made("my photos", "compress");
  EXPECT_EQ(document["next"][1], "adjoint encode runs/my/best.h5 'my photos' -o codes.npz");
  adjoint_ok({"encode", "runs/my/best.h5", "my photos", "-o", "codes.npz"});
  EXPECT_EQ(document["next"][2],
            "adjoint decode runs/my/best.h5 codes.npz -o decoded --size 120x150");
  adjoint_ok({"decode", "runs/my/best.h5", "codes.npz", "-o", "decoded", "--size", "120x150"});
  const auto decoded = paths_in(folder_ / "decoded");
  ASSERT_EQ(decoded.size(), 8u);
  EXPECT_EQ(image_info(decoded[0]).shape(), (Shape{120, 150, 1}));
}

TEST_F(New, TakesPatchesOfLargeImagesAndSmallOnesWhole) {
  photographs("photos", 4);
  json document = made("photos", "reconstruct");
  EXPECT_EQ(document["chosen"]["patches"], 64);
  EXPECT_GT(document["chosen"]["patches_per_image"], 100);
  photographs("icons", 40, 0, {28, 28, 1});
  document = made("icons", "reconstruct");
  EXPECT_EQ(document["chosen"]["patches"], 0);
  EXPECT_THAT(text(), Not(HasSubstr("patches")));
  EXPECT_THAT(reasons(document), HasSubstr("whole images: all have 28x28 pixels"));
  expect_trains();
}

TEST_F(New, LeavesOutBrokenFilesByName) {
  photographs("mixed", 12);
  write("mixed/other.jpg", {90, 300, 3}, 1);
  write("mixed/tiny.bmp", {20, 20, 1}, 1);
  folder_.write("mixed/broken [1].png", "this is no image");
  const std::string whole = contents(folder_ / "mixed/00.png");
  folder_.write("mixed/cut.png", whole.substr(0, whole.size() / 2));
  folder_.write("mixed/notes.txt", "hello");
  const json document = made("mixed", "denoise");
  EXPECT_EQ(document["found"]["broken"].size(), 2u);
  EXPECT_THAT(document["found"]["broken"].dump(),
              AllOf(HasSubstr("broken [1].png"), HasSubstr("cut.png")));
  EXPECT_EQ(document["found"]["not_read"], json({"notes.txt"}));
  EXPECT_EQ(document["chosen"]["exclude"], json({"broken \\[1].png", "cut.png", "tiny.bmp"}));
  EXPECT_THAT(text(), HasSubstr(R"(exclude = ["broken \\[1].png", "cut.png", "tiny.bmp"])"));
  expect_trains();
  const ProgramRun run =
      adjoint_ok({"new", "mixed", "--task", "denoise", "--minutes", "0.01", "-o", "b.toml"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("2 files cannot be read and are left out"),
                             HasSubstr("cut.png' is not a readable PNG image"),
                             HasSubstr("next:\n  adjoint train b.toml\n")));
}

TEST_F(New, ReadsTheLevelsAndPagesOfStacks) {
  folder("stacks");
  for (unsigned s = 0; s < 2; ++s) {
    ImageStack stack(folder_ / fmt::format("stacks/{}.tif", s), 6 * 100 * 100);
    for (unsigned page = 0; page < 6; ++page) {
      Tensor pixels = picture({100, 100, 1}, 6 * s + page, 0.05);
      for (Real& x : pixels) x /= 16;  // 12 bits of 16
      stack.add(view(std::as_const(pixels)), {.bits = 16});
    }
    stack.finish();
  }
  const json document = made("stacks", "denoise");
  EXPECT_EQ(document["found"]["images"], 12);
  EXPECT_EQ(document["found"]["stacks"], 2);
  EXPECT_EQ(document["found"]["bits"], json({16}));
  EXPECT_EQ(document["found"]["white"], 4095);
  EXPECT_NEAR(document["found"]["noise"]["sigma"]["median"], 0.05, 0.01);
  EXPECT_THAT(text(), HasSubstr("white = 4095"));
  expect_trains();
}

TEST_F(New, ChoosesTheLessonByTheNoiseOfTheImages) {
  photographs("clean", 8);
  EXPECT_THAT(reasons(made("clean", "denoise")), HasSubstr("hardly any of their own"));
  EXPECT_THAT(text(), AllOf(HasSubstr("[[corruption]]"), HasSubstr("blind = true")));
  photographs("noisy", 8, 0.1);
  EXPECT_THAT(reasons(made("noisy", "denoise")), HasSubstr("noise2void: the images are noisy"));
  EXPECT_THAT(text(), AllOf(HasSubstr("target = \"noise2void\""), HasSubstr("residual = false"),
                            Not(HasSubstr("[[corruption]]"))));
  expect_trains();
}

TEST_F(New, FindsPairsOfFolders) {
  photographs("pairs/before", 8, 0.1);
  photographs("pairs/after", 8);
  json document = made("pairs", "denoise");
  EXPECT_EQ(document["chosen"]["pairs"],
            json({{"clean", "after"}, {"noisy", "before"}, {"both_noisy", false}}));
  EXPECT_THAT(text(), AllOf(HasSubstr("source = \"pairs\""), HasSubstr("path = \"pairs/after\""),
                            HasSubstr("noisy_path = \"pairs/before\"")));
  expect_trains();
  photographs("pairs/after", 8, 0.09);
  document = made("pairs", "denoise");
  EXPECT_EQ(document["chosen"]["pairs"]["both_noisy"], true);
  EXPECT_THAT(text(), HasSubstr("target = \"noise2noise\""));
  expect_trains();
  // For another task they are two classes.
  EXPECT_EQ(made("pairs", "compress")["found"]["classes"], 2);
}

TEST_F(New, TrainsOnOneImageWithoutValidation) {
  photographs("one", 1, 0, {200, 200, 1});
  EXPECT_EQ(made("one", "super-resolution")["chosen"]["validation"], 0);
  expect_trains();
  // The image itself may be named.
  EXPECT_EQ(made("one/00.png", "denoise")["found"]["images"], 1);
}

TEST_F(New, CalibratesDetectionByAsManyImagesAsThereAre) {
  photographs("good", 12);
  EXPECT_THAT(reasons(made("good", "detect")),
              HasSubstr("3 images allow no lower false-positive rate than 0.25"));
  EXPECT_THAT(text(), AllOf(HasSubstr("false_alarms = 0.25"), HasSubstr("hidden_cells = [8, 16]")));
  expect_trains();
  adjoint_ok({"detect", "runs/my/best.h5", "good", "-o", "findings"});
}

TEST_F(New, ExpandsThePresetToTheSameModel) {
  photographs("photos", 4);
  made("photos", "denoise");
  const json named = json_of({"inspect", "my.toml", "-o", "pictures"});
  made("photos", "denoise", {"--expand"});
  EXPECT_THAT(text(),
              AllOf(Not(HasSubstr("preset")), HasSubstr("[[model.layer]]\nname = \"enc0a\"")));
  const json expanded = json_of({"inspect", "my.toml", "-o", "pictures"});
  EXPECT_EQ(named["layers"], expanded["layers"]);
  expect_trains();
}

TEST_F(New, RefusesWhatItCannotUse) {
  const auto refused = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "new");
    const std::string text = message(std::move(arguments), 2);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "my.toml"));
    return text;
  };
  folder("empty");
  EXPECT_THAT(refused({"empty", "--task", "denoise", "-o", "my.toml"}),
              HasSubstr("holds no image"));
  EXPECT_THAT(refused({"nothere", "--task", "denoise", "-o", "my.toml"}),
              HasSubstr("there is no file or folder 'nothere'"));
  folder("bad");
  folder_.write("bad/a.png", "no");
  EXPECT_THAT(refused({"bad", "--task", "denoise", "-o", "my.toml"}),
              HasSubstr("none of the 1 images in 'bad' can be read"));
  photographs("photos", 2);
  EXPECT_THAT(refused({"photos", "--task", "denoize", "-o", "my.toml"}),
              HasSubstr("--task denoize: expected one of denoise, reconstruct, "));
  EXPECT_THAT(refused({"photos"}), HasSubstr("--task"));
  EXPECT_THAT(refused({"photos", "--task", "denoise", "-o", "my.yaml"}),
              HasSubstr("ends in .toml"));
  photographs("dots", 2, 0, {4, 4, 1});
  EXPECT_THAT(refused({"dots", "--task", "super-resolution", "-o", "my.toml"}),
              HasSubstr("too small for a model"));
}

TEST_F(New, KeepsAConfigThatIsThere) {
  photographs("photos", 2);
  folder_.write("photos-detect.toml", "# mine\n");
  EXPECT_THAT(message({"new", "photos/", "--task", "detect"}, 2),
              AllOf(HasSubstr("photos-detect.toml is there already"), HasSubstr("--overwrite")));
  EXPECT_EQ(contents(folder_ / "photos-detect.toml"), "# mine\n");
}

}  // namespace
}  // namespace adjoint
