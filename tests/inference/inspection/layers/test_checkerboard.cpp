#include "inference/inspection/layers/checkerboard.hpp"

#include <gmock/gmock.h>

#include "inference/inspection/layers/receptive_field.hpp"
#include "inference/inspection/report_json.hpp"
#include "inference/inspection/report_tables.hpp"
#include "inference/inspection/report_text.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A Conv2D of stride 2 and a Conv2DTranspose of this kernel and stride 2, all weights constant:
/// the features are the image's value.
Model constant_model(int kernel, const std::string& input = "[0, 0, 1]") {
  Model model = build(model_text(
      input, {layer("down", "Conv2D", "filters = 1\nkernel_size = 2\nstrides = 2"),
              layer("up", "Conv2DTranspose",
                    fmt::format("filters = 1\nkernel_size = {}\nstrides = 2\npadding = 'same'",
                                kernel))}));
  for (Parameter& parameter : model.parameters()) {
    const bool bias = parameter.name.ends_with("bias");
    const Real value = parameter.name.starts_with("down") ? 0.25F : 0.1F;
    for (Real& x : parameter.value) x = bias ? 0 : value;
  }
  return model;
}

TEST(Checkerboard, CountsTapsOfAKernelThatIsNoMultipleOfTheStride) {
  // A pixel gets 1 or 2 taps along each axis: 1, 2, 2 or 4 taps of 0.1, whose standard deviation is
  // 0.1 sqrt((1 + 4 + 4 + 16) / 4 - (9 / 4)^2). White is worst.
  const auto board = measure_checkerboard(constant_model(3));
  ASSERT_TRUE(board);
  EXPECT_EQ(board->obstacle, "");
  EXPECT_EQ(board->stride, (Extent2{2, 2}));
  EXPECT_NEAR(board->score, 0.1 * std::sqrt(6.25 - 5.0625), 1e-6);
  EXPECT_EQ(board->gray_level, 1);
  ASSERT_EQ(board->channels.size(), 1U);
  EXPECT_EQ(board->channels[0], board->score);
  ASSERT_EQ(board->uneven_layers.size(), 1U);
  EXPECT_EQ(board->uneven_layers[0].name, "up");
  EXPECT_EQ(board->uneven_layers[0].kernel, (Extent2{3, 3}));
}

TEST(Checkerboard, IsZeroForAMultipleOfTheStride) {
  for (const int kernel : {2, 4, 6}) {
    const auto board = measure_checkerboard(constant_model(kernel));
    ASSERT_TRUE(board);
    EXPECT_NEAR(board->score, 0, 1e-6) << kernel;
    EXPECT_THAT(board->uneven_layers, testing::IsEmpty());
  }
}

TEST(Checkerboard, ScoreIsInUnitsOfTheImages) {
  // Normalized, the images are ((x - 0.5) / 2): black and white are alike, and the output doubles.
  const Normalization normalization({.kind = NormalizationKind::standardize}, {0.5}, {2.0}, {});
  const auto board = measure_checkerboard(constant_model(3), normalization);
  ASSERT_TRUE(board);
  EXPECT_NEAR(board->score, 2 * 0.25 * 0.1 * std::sqrt(6.25 - 5.0625), 1e-6);
}

TEST(Checkerboard, FindsThePatternOfASubpixelLayer) {
  Model model =
      build(model_text("[0, 0, 1]", {layer("conv", "Conv2D", "filters = 4\nkernel_size = 1"),
                                     layer("up", "DepthToSpace", "block_size = 2")}));
  const std::vector<Real> weights{0.1F, 0.2F, 0.3F, 0.4F};
  std::copy(weights.begin(), weights.end(), model.parameters()[0].value.begin());
  const auto board = measure_checkerboard(model);
  ASSERT_TRUE(board);
  EXPECT_NEAR(board->score, std::sqrt(0.0125), 1e-6);
}

TEST(Checkerboard, LeavesOutModelsWithoutStridesOrImages) {
  EXPECT_FALSE(measure_checkerboard(build(model_text("[0, 0, 1]", {conv("a", 4), conv("b", 1)}))));
  EXPECT_FALSE(measure_checkerboard(
      build(model_text("[8, 8, 1]", {conv("a", 4, "strides = 2"), layer("f", "Flatten", ""),
                                     layer("d", "Dense", "units = 3")}))));
}

TEST(Checkerboard, SaysWhyItHasNoScore) {
  const auto dense = measure_checkerboard(build(model_text(
      "[8, 8, 1]",
      {conv("a", 4, "strides = 2"), layer("f", "Flatten", ""), layer("d", "Dense", "units = 64"),
       layer("r", "Reshape", "target_shape = [4, 4, 4]"), transpose("up", 1)})));
  ASSERT_TRUE(dense);
  EXPECT_THAT(dense->obstacle, HasSubstr("whole image"));
  EXPECT_EQ(dense->uneven_layers.size(), 1U);
  const auto small = measure_checkerboard(strided_model("[8, 8, 1]"));
  ASSERT_TRUE(small);
  EXPECT_THAT(small->obstacle, HasSubstr("8x8x1"));
  // Large enough, a fixed size is measured.
  EXPECT_EQ(measure_checkerboard(constant_model(3, "[28, 28, 1]"))->obstacle, "");
  EXPECT_EQ(measure_checkerboard(strided_model())->stride, (Extent2{4, 4}));
}

TEST(Checkerboard, IsReported) {
  Checkerboard board = measure_checkerboard(constant_model(3)).value();
  EXPECT_THAT(checkerboard_sentences(board),
              AllOf(HasSubstr("2x2 block differ by 0.1090 (root mean square; 27.79 levels of 255)"),
                    HasSubstr("gray level 1.00"), HasSubstr("up (kernel 3x3, stride 2x2)"),
                    HasSubstr("--kernel 3 --stride 2")));
  EXPECT_THAT(checkerboard_sentences(measure_checkerboard(constant_model(4)).value()),
              AllOf(HasSubstr("no checkerboard"), Not(HasSubstr("taps"))));
  Inspection inspection;
  EXPECT_TRUE(report_json(inspection)["checkerboard"].is_null());
  inspection.checkerboard = board;
  const auto json = report_json(inspection)["checkerboard"];
  EXPECT_NEAR(json["score_of_255"].get<double>(), 27.79, 0.01);
  EXPECT_EQ(json["uneven_layers"][0]["layer"], "up");
  EXPECT_THAT(report_text(inspection), HasSubstr("CHECKERBOARD"));
}

TEST(OutputInterior, IsWhatNoBorderReaches) {
  // A 3x3 convolution without stride: all but one pixel on each side.
  const Model model = build(model_text("[9, 7, 1]", {conv("a", 1)}));
  const auto interior = output_interior(model, model.infer({9, 7, 1}));
  ASSERT_TRUE(interior);
  EXPECT_EQ(interior->vertical.first, 1);
  EXPECT_EQ(interior->vertical.count, 7);
  EXPECT_EQ(interior->horizontal.count, 5);
  EXPECT_EQ(interior->vertical.period, 1);
}

}  // namespace
}  // namespace adjoint
