#include <cmath>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/storage/atomic_file.hpp"
#include "inference/images/generation.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

const std::string kVariationalConfig = R"(name = "variational"
seed = 3
[data]
source = "synthetic"
size = 8
count = 64
validation = 0.25
[model]
input = [8, 8, 1]
latent = "code"
[[model.layer]]
type = "Flatten"
[[model.layer]]
name = "enc"
type = "Dense"
units = 16
activation = "gelu"
[[model.layer]]
name = "mean"
type = "Dense"
units = 3
[[model.layer]]
name = "log_variance"
type = "Dense"
inputs = ["enc"]
units = 3
[[model.layer]]
name = "code"
type = "Sampling"
inputs = ["mean", "log_variance"]
[[model.layer]]
type = "Dense"
units = 64
activation = "sigmoid"
[[model.layer]]
type = "Reshape"
target_shape = [8, 8, 1]
[loss]
kind = "binary_crossentropy"
[training]
epochs = 1
batch_size = 16
samples = 2
)";

class Generation : public Program {
 protected:
  Generation() {
    save_untrained(folder_ / "model.h5", kVariationalConfig);
    write_npy(folder_ / "pair.npy", view(pair_));
  }
  const Tensor pair_ = some_images({2, 8, 8, 1});
};

TEST_F(Generation, TrainsAVariationalModelThatCanBeSampled) {
  write_text_file(folder_ / "config.toml", kVariationalConfig);
  adjoint_ok({"train", "config.toml", "--out", "run"});
  adjoint_ok({"evaluate", "run/best.h5"});
  adjoint_ok({"sample", "run/best.h5", "-n", "2", "-o", "images.npy"});
  EXPECT_EQ(shape_of(array("images.npy")), (Shape{2, 8, 8, 1}));
}

TEST_F(Generation, DrawsTheSameImagesForTheSameSeed) {
  const auto sampled = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"sample", "model.h5", "-n", "5", "-o", "images.npy"});
    adjoint_ok(options);
    return values(array("images.npy"));
  };
  const auto images = sampled({});
  EXPECT_EQ(images.size(), 5U * 64);
  EXPECT_EQ(sampled({"--seed", "0"}), images);
  EXPECT_NE(sampled({"--seed", "1"}), images);
  EXPECT_NE(sampled({"--temperature", "0.5"}), images);
  // At temperature 0 every code is the mean of the distribution.
  const auto usual = sampled({"--temperature", "0"});
  EXPECT_TRUE(std::equal(usual.begin(), usual.begin() + 64, usual.begin() + 64));
}

TEST_F(Generation, DrawsCodesOfTheirTemperature) {
  ThreadPool pool(1);
  const ImageModel model((folder_ / "model.h5").string(), pool);
  const Tensor codes = draw_codes(model, {}, 4000, 7, 0.5);
  EXPECT_EQ(shape_of(codes), (Shape{4000, 3}));
  double sum = 0, squares = 0;
  for (const double x : codes) {
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 12000, 0, 5 * 0.5 / std::sqrt(12000));
  EXPECT_NEAR(squares / 12000, 0.25, 5 * 0.25 * std::sqrt(2.0 / 12000));
}

const std::string kTwoNumbers =
    with(with(kVariationalConfig, "units = 3", "units = 2"), "units = 3", "units = 2");

TEST_F(Generation, LaysAGridAtTheQuantilesOfTheNormalDistribution) {
  save_untrained(folder_ / "two.h5", kTwoNumbers);
  ThreadPool pool(1);
  const ImageModel model((folder_ / "two.h5").string(), pool);
  // From a table of the normal distribution, at 1/8, 3/8, 5/8 and 7/8.
  const std::vector<double> quantiles{-1.150349, -0.318639, 0.318639, 1.150349};
  const Tensor codes = latent_grid(model, {}, 4, 1), half = latent_grid(model, {}, 4, 0.5);
  ASSERT_EQ(shape_of(codes), (Shape{16, 2}));
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      const std::size_t at = (row * 4 + column) * 2;
      EXPECT_NEAR(codes.data()[at], quantiles[column], 1e-6);
      EXPECT_NEAR(codes.data()[at + 1], quantiles[row], 1e-6);
      EXPECT_NEAR(half.data()[at], quantiles[column] / 2, 1e-6);
    }
  }
  const Tensor middle = latent_grid(model, {}, 1, 1);
  EXPECT_NEAR(middle.data()[0], 0, 1e-15);
  EXPECT_NEAR(latent_grid(model, {}, 100, 1).data()[0], -2.575829, 1e-6);  // at 0.005
}

TEST_F(Generation, DecodesAGridInRows) {
  save_untrained(folder_ / "two.h5", kTwoNumbers);
  adjoint_ok({"sample", "two.h5", "--grid", "3", "-o", "grid.npy"});
  ThreadPool pool(1);
  ImageModel model((folder_ / "two.h5").string(), pool);
  EXPECT_EQ(values(array("grid.npy")), values(model.decode(latent_grid(model, {}, 3, 1))));
  EXPECT_EQ(json_of({"sample", "two.h5", "--grid", "3", "-o", "grid.png"}).at("images"), 9);
  EXPECT_EQ(shape_of(read_image(folder_ / "grid.png").pixels), (Shape{3 * 98 + 2, 3 * 98 + 2, 1}));
  EXPECT_THAT(message({"sample", "model.h5", "--grid", "3"}, 2),
              AllOf(HasSubstr("layer \"code\""), HasSubstr("3 numbers"), HasSubstr("units = 2")));
  EXPECT_THAT(message({"sample", "two.h5", "--grid", "3", "-n", "4"}, 2), HasSubstr("--count"));
  EXPECT_THAT(message({"sample", "two.h5", "--grid", "0"}, 2), HasSubstr("--grid 0"));
}

TEST_F(Generation, WritesAFolderAnArrayOrOneSheet) {
  EXPECT_EQ(json_of({"sample", "model.h5", "-n", "3", "-o", "folder"}),
            (nlohmann::json{{"images", 3}, {"shape", {8, 8, 1}}, {"out", "folder"}}));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "folder/sample-00002.png"));
  // 5 images of 8 pixels, enlarged 12 times, in rows of 3: 2 rows, with 2 pixels around each.
  adjoint_ok({"sample", "model.h5", "-n", "5", "-o", "sheet.png"});
  EXPECT_EQ(shape_of(read_image(folder_ / "sheet.png").pixels), (Shape{2 * 98 + 2, 3 * 98 + 2, 1}));
}

TEST_F(Generation, WalksFromOneImageToAnother) {
  for (const bool spherical : {false, true}) {
    std::vector<std::string> arguments{"interpolate", "model.h5", "pair.npy",   "--steps",
                                       "4",           "-o",       "between.npy"};
    if (spherical) arguments.emplace_back("--spherical");
    adjoint_ok(arguments);
    adjoint_ok({"reconstruct", "model.h5", "pair.npy", "-o", "ends.npy"});
    const auto between = values(array("between.npy")), ends = values(array("ends.npy"));
    ASSERT_EQ(between.size(), 4U * 64);
    for (std::size_t i = 0; i < 64; ++i) {
      EXPECT_NEAR(between[i], ends[i], 1e-6);
      EXPECT_NEAR(between[3 * 64 + i], ends[64 + i], 1e-6);
    }
  }
  adjoint_ok({"interpolate", "model.h5", "pair.npy", "--steps", "4"});
  EXPECT_EQ(shape_of(read_image(folder_ / "between.png").pixels), (Shape{98 + 2, 4 * 98 + 2, 1}));
}

TEST(Interpolate, GoesStraightOrAlongTheSphere) {
  const std::vector<Real> a{1, 0}, b{0, 1}, opposite{-2, 0};
  const ConstView from(a.data(), {2}), to(b.data(), {2}), back(opposite.data(), {2});
  EXPECT_THAT(interpolate(from, to, 3, false), ElementsAre(1, 0, 0.5, 0.5, 0, 1));
  const auto near = [](double x) { return FloatNear(static_cast<float>(x), 1e-6F); };
  const double half = std::sqrt(0.5);
  EXPECT_THAT(interpolate(from, to, 3, true),
              ElementsAre(near(1), near(0), near(half), near(half), near(0), near(1)));
  EXPECT_THAT(interpolate(from, back, 3, true), ElementsAre(1, 0, -0.5, 0, -2, 0));
  EXPECT_THAT(interpolate(from, from, 2, true), ElementsAre(1, 0, 1, 0));
}

TEST_F(Generation, SaysWhatIsMissing) {
  save_untrained(folder_ / "plain.h5", kPlainConfig);
  EXPECT_THAT(message({"sample", "plain.h5"}, 2),
              AllOf(HasSubstr("its latent layer is \"enc1\""), HasSubstr("a Sampling layer")));
  save_untrained(folder_ / "none.h5", with(kVariationalConfig, "latent = \"code\"\n", ""));
  EXPECT_THAT(message({"sample", "none.h5"}, 2), HasSubstr("its latent layer is not named"));
  EXPECT_THAT(message({"interpolate", "none.h5", "pair.npy"}, 2), HasSubstr("no latent layer"));
  EXPECT_THAT(message({"sample", "model.h5", "-n", "0"}, 2), HasSubstr("--count 0"));
  EXPECT_THAT(message({"sample", "model.h5", "--temperature", "-1"}, 2),
              HasSubstr("--temperature -1"));
  EXPECT_THAT(message({"interpolate", "model.h5", "pair.npy", "--steps", "1"}, 2),
              HasSubstr("--steps 1"));
  EXPECT_THAT(message({"interpolate", "model.h5", "pair.npy", "pair.npy"}, 2),
              HasSubstr("more than two"));
}

TEST_F(Generation, DoesNotReplaceItsModel) {
  save_untrained(folder_ / "model.h5", kVariationalConfig);
  const std::string before = contents(folder_ / "model.h5");
  EXPECT_THAT(message({"sample", "model.h5", "-o", "model.h5"}, 2),
              AllOf(HasSubstr("would be replaced"), HasSubstr("model.h5")));
  EXPECT_EQ(contents(folder_ / "model.h5"), before);
}

}  // namespace
}  // namespace adjoint
