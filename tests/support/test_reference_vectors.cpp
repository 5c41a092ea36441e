#include <gmock/gmock.h>

#include "tests/support/reference_vectors.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::SizeIs;

TEST(ReferenceVectors, HoldTheCasesThatTheTestsCompare) {
  EXPECT_THAT(
      reference_case_names(),
      ElementsAre(
          "batch_normalization_inference", "batch_normalization_training", "binary_crossentropy",
          "binary_crossentropy_from_logits", "conv2d_asymmetric_padding", "conv2d_depthwise",
          "conv2d_dilated", "conv2d_explicit_padding", "conv2d_groups", "conv2d_pointwise",
          "conv2d_same", "conv2d_same_dilated", "conv2d_same_even_kernel",
          "conv2d_same_kernel_below_stride", "conv2d_transpose_asymmetric_padding",
          "conv2d_transpose_depthwise", "conv2d_transpose_dilated",
          "conv2d_transpose_explicit_padding", "conv2d_transpose_groups",
          "conv2d_transpose_no_padding", "conv2d_transpose_output_padding", "conv2d_transpose_same",
          "conv2d_transpose_same_even_kernel", "conv2d_transpose_same_kernel_below_stride",
          "conv2d_transpose_same_stride_one", "conv2d_transpose_valid",
          "conv2d_transpose_valid_even_kernel", "conv2d_transpose_valid_kernel_below_stride",
          "conv2d_valid", "conv2d_valid_kernel_below_stride", "dense", "leaky_relu",
          "max_pooling2d_same", "max_pooling2d_same_overlapping", "max_pooling2d_valid",
          "max_pooling2d_valid_overlapping", "mse", "relu", "sigmoid", "tanh",
          "up_sampling2d_bilinear_2x3", "up_sampling2d_bilinear_3x2", "up_sampling2d_nearest_2x3",
          "up_sampling2d_nearest_3x2"));
}

TEST(ReferenceVectors, HaveAGradientForEveryOperand) {
  for (const std::string& name : reference_case_names()) {
    SCOPED_TRACE(name);
    const ReferenceCase c = reference_case(name);
    EXPECT_THAT(c.source, testing::AnyOf(HasSubstr("torch"), HasSubstr("tfjs")));
    EXPECT_GT(c.output.size(), 0U);
    if (!c.has_gradients) continue;
    EXPECT_EQ(c.input_gradient.shape(), c.input.shape());
    ASSERT_EQ(c.parameter_gradients.size(), c.parameters.size());
    for (const auto& [parameter, values] : c.parameters) {
      EXPECT_EQ(c.parameter_gradients.at(parameter).shape(), values.shape()) << parameter;
    }
    if (c.target.dimension() == 0) {  // not a loss
      EXPECT_EQ(c.output_gradient.shape(), c.output.shape());
    }
  }
}

TEST(ReferenceVectors, GiveACaseByName) {
  const ReferenceCase c = reference_case("conv2d_transpose_same");
  EXPECT_EQ(c.type, "Conv2DTranspose");
  EXPECT_EQ(c.layer, "filters = 2\nkernel_size = [3,5]\nstrides = [2,3]\npadding = \"same\"\n");
  EXPECT_EQ(shape_of(c.input), (Shape{2, 4, 3, 3}));
  EXPECT_EQ(shape_of(c.parameters.at("kernel")), (Shape{3, 5, 2, 3}));
  EXPECT_EQ(shape_of(c.output), (Shape{2, 8, 9, 2}));
}

TEST(ReferenceVectors, HoldTheGoldenRuns) {
  EXPECT_THAT(golden_run_names(), ElementsAre("adam_binary_crossentropy", "adam_mse",
                                              "sgd_binary_crossentropy", "sgd_mse"));
  for (const std::string& name : golden_run_names()) {
    SCOPED_TRACE(name);
    const GoldenRun run = golden_run(name);
    EXPECT_EQ(shape_of(run.input), (Shape{6, 12, 8, 2}));
    EXPECT_EQ(shape_of(run.target), (Shape{6, 12, 8, 2}));
    EXPECT_THAT(run.losses, SizeIs(10));
    EXPECT_LT(run.losses.back(), run.losses.front());
    for (int step = 0; step < 10; ++step) {
      EXPECT_NEAR(run.losses[step], run.losses_float32[step], 1e-6);
    }
    EXPECT_THAT(
        run.initial_weights,
        ElementsAre(Key("dec1/bias"), Key("dec1/kernel"), Key("dec2/bias"), Key("dec2/kernel"),
                    Key("enc1/bias"), Key("enc1/kernel"), Key("enc2/bias"), Key("enc2/kernel")));
    for (const auto& [weight, values] : run.initial_weights) {
      EXPECT_EQ(run.final_weights.at(weight).shape(), values.shape()) << weight;
    }
  }
}

}  // namespace
}  // namespace adjoint
