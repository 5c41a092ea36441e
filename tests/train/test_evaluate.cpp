#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "datasets/image_grid.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

class Evaluate : public Program {
 protected:
  const Tensor images_ = some_images({2, 8, 8, 1});
};

/// The last row of a run's history.
std::map<std::string, double> last_row(const std::filesystem::path& checkpoint) {
  const History history = load_checkpoint(checkpoint.string()).history;
  std::map<std::string, double> row;
  for (std::size_t c = 0; c < history.columns.size(); ++c)
    row[history.columns[c]] = history.rows.back()[c];
  return row;
}

TEST_F(Evaluate, FindsTheValidationFiguresOfTheTraining) {
  folder_.write("tiny.toml", kRandomConfig);
  folder_.write("logits.toml", kRandomConfig + "[loss]\nkind = \"binary_crossentropy\"\n");
  // With so many filters another engine rounds otherwise.
  folder_.write("gemm.toml",
                with(kRandomConfig, "filters = 4", "filters = 16") + "engine = \"gemm\"\n");
  for (const std::string name : {"tiny", "logits", "gemm"}) {
    adjoint_ok({"train", name + ".toml", "--out", name});
    for (const std::string file : {"/checkpoint.h5", "/best.h5"}) {
      SCOPED_TRACE(name + file);
      const nlohmann::json result = json_of({"evaluate", name + file});
      const auto row = last_row(folder_ / (name + file));
      EXPECT_EQ(result.at("images"), 9);
      EXPECT_EQ(result.at("loss"), row.at("validation_loss"));
      if (name != "logits") {
        EXPECT_EQ(result.at("mse"), result.at("loss"));
      }
      EXPECT_EQ(result.at("psnr"), row.at("validation_psnr"));
      EXPECT_EQ(result.at("input_psnr"), row.at("input_psnr"));
    }
  }
  EXPECT_THAT(adjoint_ok({"evaluate", "tiny/best.h5"}).out,
              AllOf(HasSubstr("images      9\n"), HasSubstr("loss        0."),
                    HasSubstr("\nMSE         0."), HasSubstr("\nMAE         0."),
                    HasSubstr("\nPSNR        "), HasSubstr("\nSSIM        0."),
                    HasSubstr("\ninput PSNR  ")));
}

TEST_F(Evaluate, MeasuresOnImagesOfAnySize) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor images = some_images({5, 15, 14, 1});
  write_npy(folder_ / "in.npy", view(images));
  adjoint_ok({"reconstruct", "model.h5", "in.npy", "-o", "out.npy"});
  const Tensor output = array("out.npy");
  double squares = 0, distances = 0;
  for (Index i = 0; i < view(images).size(); ++i) {
    const double error = output.data()[i] - images.data()[i];
    squares += error * error;
    distances += std::abs(error);
  }
  const nlohmann::json clean = json_of({"evaluate", "model.h5", "in.npy", "--noise", "0"});
  EXPECT_EQ(clean.at("images"), 5);
  EXPECT_NEAR(clean.at("mse"), squares / static_cast<double>(view(images).size()), 1e-7);
  EXPECT_NEAR(clean.at("mae"), distances / static_cast<double>(view(images).size()), 1e-7);
  EXPECT_EQ(clean.at("input_psnr"), 100);
  EXPECT_THAT(adjoint_ok({"evaluate", "model.h5", "in.npy", "--noise", "0"}).out,
              Not(HasSubstr("input PSNR")));
  write_npy(folder_ / "small.npy", view(images_));
  EXPECT_TRUE(json_of({"evaluate", "model.h5", "small.npy"}).at("ssim").is_null());
  // The config's noise, 0.2, is 14 dB; this one 20 dB.
  EXPECT_NEAR(json_of({"evaluate", "model.h5", "in.npy"}).at("input_psnr"), 14, 0.7);
  EXPECT_NEAR(json_of({"evaluate", "model.h5", "in.npy", "--noise", "0.1"}).at("input_psnr"), 20,
              0.7);
}

/// What a PNG file keeps of some numbers.
std::vector<Real> rounded(const Tensor& images) {
  std::vector<Real> levels(images.begin(), images.end());
  for (Real& level : levels) level = std::round(std::clamp(level, Real{0}, Real{1}) * 255) / 255;
  return levels;
}

TEST_F(Evaluate, ShowsInputOutputAndTarget) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor images = some_images({3, 15, 14, 1});
  write_npy(folder_ / "in.npy", view(images));
  adjoint_ok({"reconstruct", "model.h5", "in.npy", "-o", "out.npy"});
  const Tensor output = array("out.npy");
  const auto picture = [&](const std::string& noise) {
    adjoint_ok({"evaluate", "model.h5", "in.npy", "--noise", noise, "--grid", "grid.png"});
    return read_image(folder_ / "grid.png").pixels;
  };
  const ConstView clean = view(images), made = view(output);
  const Tensor wanted = image_grid({clean, made, clean});
  const Tensor shown = picture("0");
  ASSERT_EQ(shape_of(shown), shape_of(wanted));
  EXPECT_THAT(values(shown), Pointwise(FloatNear(1e-6F), rounded(wanted)));
  EXPECT_NE(values(picture("0.1")), values(shown));

  EXPECT_THAT(message({"evaluate", "model.h5", "in.npy", "--grid", "grid.svg"}, 2),
              AllOf(HasSubstr("--grid grid.svg"), HasSubstr(".png")));
  EXPECT_THAT(message({"evaluate", "model.h5", "--grid", "grid.png"}, 2), HasSubstr("samples"));
  write_image(folder_ / "photo.png", clean.slice(0, 1).reshaped(clean.shape.sample()));
  EXPECT_THAT(message({"evaluate", "model.h5", "photo.png", "--grid", "./photo.png"}, 2),
              HasSubstr("photo.png"));
}

TEST_F(Evaluate, MeasuresClassicalFiltersOnTheSameImages) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor flat = make_tensor({3, 48, 48, 1}, Real{0.5});
  write_npy(folder_ / "flat.npy", view(flat));
  const std::vector<std::string> command{"evaluate", "model.h5", "flat.npy", "--noise", "0.1"};
  EXPECT_FALSE(json_of(command).contains("baselines"));
  const nlohmann::json filters =
      json_of({"evaluate", "model.h5", "flat.npy", "--noise", "0.1", "--baselines"})
          .at("baselines");
  ASSERT_EQ(filters.size(), 2u);
  // Where there is nothing but noise, the largest window does best. A median of n pixels has pi / 2
  // times the variance of their mean, which makes 37.1 dB inside; at the edges pixels repeat. The
  // Wiener filter is short of the mean, of 39.1 dB, where a window varies more than the noise.
  EXPECT_EQ(filters[0].at("filter"), "median 9x9");
  EXPECT_NEAR(filters[0].at("psnr"), 36.3, 0.7);
  EXPECT_EQ(filters[1].at("filter"), "Wiener 9x9");
  EXPECT_NEAR(filters[1].at("psnr"), 37, 1.5);
  EXPECT_THAT(
      adjoint_ok({"evaluate", "model.h5", "flat.npy", "--baselines"}).out,
      AllOf(HasSubstr("\ninput PSNR "), HasSubstr("\nmedian 9x9  "), HasSubstr("\nWiener 9x9  ")));
  // A signal has windows of one row.
  save_untrained(folder_ / "row.h5", with(kPlainConfig, "input = [0, 0, 1]", "input = [1, 0, 1]"));
  const Tensor rows = some_images({4, 1, 64, 1});
  write_npy(folder_ / "rows.npy", view(rows));
  EXPECT_THAT(adjoint_ok({"evaluate", "row.h5", "rows.npy", "--baselines"}).out,
              AllOf(HasSubstr("\nmedian 1x"), HasSubstr("\nWiener 1x")));
}

TEST_F(Evaluate, ComputesTheLossOfNormalizedNumbersAndTheRestOfImages) {
  folder_.write("tiny.toml", kPlainConfig);
  adjoint_ok(
      {"train", "tiny.toml", "--set", "data.normalization.kind=standardize", "--out", "run"});
  write_npy(folder_ / "in.npy", view(images_));
  const double range =
      load_checkpoint((folder_ / "run/best.h5").string()).learned.at("normalization/range").at(0);
  const nlohmann::json result = json_of({"evaluate", "run", "in.npy"});
  const double mse = result.at("mse");
  EXPECT_NEAR(result.at("loss"), mse / (range * range), 1e-5);
  adjoint_ok({"reconstruct", "run", "in.npy", "-o", "out.npy"});
  const Tensor output = array("out.npy");
  double squares = 0;
  for (std::size_t i = 0; i < output.size(); ++i)
    squares += std::pow(output.data()[i] - images_.data()[i], 2);
  const nlohmann::json clean = json_of({"evaluate", "run", "in.npy", "--noise", "0"});
  EXPECT_NEAR(clean.at("mse"), squares / static_cast<double>(output.size()), 1e-6);
}

TEST_F(Evaluate, SaysThatThereIsNoValidationData) {
  save_untrained(folder_ / "model.h5", with(kPlainConfig, "validation = 0.25", "validation = 0"));
  EXPECT_THAT(message({"evaluate", "model.h5"}, 2),
              AllOf(HasSubstr("no validation data"), HasSubstr("name images")));
}

TEST_F(Evaluate, RefusesANoiseThatIsNone) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  write_npy(folder_ / "in.npy", view(images_));
  for (const char* command : {"evaluate", "denoise", "reconstruct"}) {
    EXPECT_THAT(message({command, "model.h5", "in.npy", "--noise=-0.1"}, 2),
                AllOf(HasSubstr("--noise -0.1"), HasSubstr("at least 0")));
    EXPECT_THAT(message({command, "model.h5", "in.npy", "--noise=25"}, 2),
                AllOf(HasSubstr("--noise 25"), HasSubstr("--noise 0.098")));
    EXPECT_THAT(message({command, "model.h5", "in.npy", "--noise=strong"}, 2),
                AllOf(HasSubstr("strong"), HasSubstr("--noise SIGMA")));
  }
}

}  // namespace
}  // namespace adjoint
