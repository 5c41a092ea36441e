#include "inference/detection/calibrate.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/image_record.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

const DetectionSettings kMean{
    .residual = ResidualKind::l1, .score = ScoreKind::mean, .false_alarms = 0.3};

/// Where a residual is an image's distance from 0.5.
const std::string kGrayModel = R"([model]
input = [0, 0, 1]
[[model.layer]]
name = "gray"
type = "Conv2D"
filters = 1
kernel_size = 1
activation = "sigmoid"
kernel_initializer = "zeros"
)";

class Calibrate : public testing::Test {
 protected:
  Calibrate() {
    for (const char* name : {"good", "more", "noisy"})
      std::filesystem::create_directory(folder_ / name);
  }
  /// Half gray, but for the bottom right corner of 4 x 4, which is white: a patch hardly ever is
  /// scored as the whole image is.
  void write(const std::string& name, Index height, Index width) const {
    Tensor image = make_tensor({height, width, 1}, Real(128) / 255);
    for (Index y = height - 4; y < height; ++y) {
      for (Index x = width - 4; x < width; ++x) image.data()[y * width + x] = 1;
    }
    write_image(folder_ / name, view(std::as_const(image)));
  }
  static double score(Index height, Index width) {
    const auto pixels = static_cast<double>(height * width);
    return (16 * 0.5 + (pixels - 16) * (128 / 255.0 - 0.5)) / pixels;
  }
  ImageModel model(const std::string& data, const ImageRecord& images = {}) {
    Config config;
    parse_config(data + kGrayModel, "gray.toml", {}, config);
    const std::string path = folder_ / "model.h5";
    save_checkpoint(path, build_model(config.model, 0),
                    {.config = write_config(config),
                     .config_folder = folder_.path().string(),
                     .images = images});
    return {path, pool_};
  }
  TempFolder folder_;
  ThreadPool pool_{1};
};

const std::string kFolder = "[data]\nsource = \"images\"\npath = \"good\"\nvalidation = 0.5\n";
const std::string kPatches = "patches = 8\npatches_per_image = 3\n";

TEST_F(Calibrate, ScoresWholeImagesOfSeveralSizes) {
  for (int i = 0; i < 8; ++i) write(fmt::format("good/{}.png", i), 16, 16 + 4 * i);
  ImageModel gray = model(kFolder + kPatches);
  const Calibration calibration = calibrate_on_held_out(gray, kMean);
  EXPECT_EQ(calibration.images, 4);
  // The threshold is the score of one of the images.
  double nearest = 1;
  for (int i = 0; i < 8; ++i)
    nearest = std::min(nearest, std::abs(calibration.threshold - score(16, 16 + 4 * i)));
  EXPECT_LT(nearest, 1e-6);
}

TEST_F(Calibrate, ScoresWholeImagesOfPairsAndParts) {
  for (int i = 0; i < 8; ++i) {
    write(fmt::format("good/{}.png", i), 16, 24);
    write(fmt::format("noisy/{}.png", i), 16, 24);
    write(fmt::format("more/{}.png", i), 16, 24);
  }
  ImageModel pairs = model(
      "[data]\nsource = \"pairs\"\npath = \"good\"\nnoisy_path = \"noisy\"\nvalidation = 0.5\n" +
      kPatches);
  EXPECT_EQ(calibrate_on_held_out(pairs, kMean).images, 4);
  EXPECT_NEAR(calibrate_on_held_out(pairs, kMean).threshold, score(16, 24), 1e-6);
  const std::string part = "[[data.part]]\nsource = \"images\"\n" + kPatches;
  ImageModel parts = model("[data]\nsource = \"parts\"\nvalidation = 0.5\n" + part +
                           "path = \"good\"\n" + part + "path = \"more\"\n");
  EXPECT_EQ(calibrate_on_held_out(parts, kMean).images, 8);
  EXPECT_NEAR(calibrate_on_held_out(parts, kMean).threshold, score(16, 24), 1e-6);
}

// Images that came later move the split: what is trained on must not get among those held out.
TEST_F(Calibrate, TakesTheImagesThatTheCheckpointNames) {
  for (int i = 0; i < 8; ++i) write(fmt::format("good/{}.png", i), 16, i < 3 ? 20 : 40);
  ImageModel gray = model(kFolder, {.folder = "/elsewhere/good/",
                                    .trained_on = {"3.png", "4.png"},
                                    .held_out = {"0.png", "1.png", "2.png"}});
  EXPECT_THROW(calibrate_on_held_out(gray, kMean), InputError) << "sizes differ without patches";
  ImageModel patches = model(kFolder + kPatches, {.folder = "/elsewhere/good/",
                                                  .trained_on = {"3.png", "4.png"},
                                                  .held_out = {"0.png", "1.png", "2.png"}});
  const Calibration calibration = calibrate_on_held_out(patches, kMean);
  EXPECT_EQ(calibration.images, 3);
  EXPECT_NEAR(calibration.threshold, score(16, 20), 1e-6);
  ImageModel gone =
      model(kFolder + kPatches,
            {.folder = "/elsewhere/good/", .trained_on = {"3.png"}, .held_out = {"x.png"}});
  EXPECT_THAT([&] { calibrate_on_held_out(gone, kMean); },
              ThrowsMessage<InputError>(HasSubstr("/elsewhere/good/x.png")));
}

TEST_F(Calibrate, KnowsWhichFilesWereTrainedOn) {
  write("good/a.png", 16, 16);
  write("good/b.png", 16, 20);
  write("more/a.png", 16, 24);  // another image of that name
  write("more/c.png", 16, 24);
  std::filesystem::copy_file(folder_ / "good/b.png", folder_ / "noisy/b.png");
  const ImageRecord record{.folder = (folder_ / "good").string() + "/",
                           .trained_on = {"a.png", "b.png", "c.png"}};
  EXPECT_THAT(trained_on(record, {folder_ / "good/a.png", folder_ / "more/a.png"}),
              ElementsAre(folder_ / "good/a.png"));
  EXPECT_THAT(trained_on(record, {folder_ / "noisy/b.png"}), ElementsAre(folder_ / "noisy/b.png"))
      << "a copy";
  EXPECT_THAT(trained_on(record, {folder_ / "more/c.png"}), ElementsAre(folder_ / "more/c.png"))
      << "the one that was trained on is gone: the name must do";
  EXPECT_THAT(trained_on({}, {folder_ / "good/a.png"}), IsEmpty());
  const ImageRecord pages{.folder = record.folder, .trained_on = {"a.png#3"}};
  EXPECT_THAT(trained_on(pages, {folder_ / "good/a.png"}), ElementsAre(folder_ / "good/a.png"));
}

}  // namespace
}  // namespace adjoint
