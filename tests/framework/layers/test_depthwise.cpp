// Expected numbers: PyTorch 1.13, conv2d in groups over an image padded by one row below and one
// column to the right, which is "same" with strides of 2 here. All are small integers.

#include <gmock/gmock.h>

#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

const LayerShapes kImage{.inputs = {{3, 4, 2}}};

/// step * i modulo `modulus`, less `middle`.
void fill(Tensor& tensor, int step, int modulus, int middle) {
  for (std::size_t i = 0; i < tensor.size(); ++i) {
    tensor.data()[i] = static_cast<Real>(static_cast<int>(i) * step % modulus - middle);
  }
}

LayerRun run_of(const Layer& layer) {
  LayerRun run(layer, kImage, 1);
  fill(run.inputs[0], 3, 7, 3);
  fill(run.parameters[0], 5, 9, 4);
  return run;
}

TEST(DepthwiseConv2D, ConvolvesEachChannelApart) {
  const DepthwiseConv2D layer(
      {.kernel_size = {2, 3}, .strides = {2, 2}, .padding = kSamePadding, .depth_multiplier = 2});
  LayerRun run = run_of(layer);
  ASSERT_EQ(run.specs()[0].name, "depthwise_kernel");
  ASSERT_EQ(run.specs()[0].shape, (Shape{2, 3, 2, 2}));
  ASSERT_EQ(run.specs()[1].name, "bias");
  run.parameters[1] = tensor_of({4}, {1, -2, 3, 0});
  const Tensor output = run.forward();
  EXPECT_EQ(shape_of(output), (Shape{1, 2, 2, 4}));
  EXPECT_THAT(output, ElementsAre(9, -8, 1, 4, -25, 7, 15, -17, -15, 3, 5, -1, -3, -1, 9, 6));
  Tensor dy = make_tensor({1, 2, 2, 4});
  fill(dy, 1, 5, 2);
  const LayerRun::Gradients gradients = run.backward(dy);
  EXPECT_THAT(gradients.inputs[0], ElementsAre(7, 2, 1, 4, -6, 0, -10, 1, -2, -1, -8, 1, 12, 0, 8,
                                               4, -2, 4, 4, -2, -7, -9, 3, -10));
  EXPECT_THAT(gradients.parameters[0], ElementsAre(13, 6, -2, 7, -2, -1, 13, -5, -3, 0, 6, 1, -4, 4,
                                                   -1, 3, -4, 7, 0, 2, 4, 2, 0, 1));
  EXPECT_THAT(gradients.parameters[1], ElementsAre(1, 0, -1, -2));
}

TEST(SeparableConv2D, MixesTheChannelsAfterwards) {
  SeparableConv2D::Settings settings;
  settings.kernel_size = {2, 3};
  settings.strides = {2, 2};
  settings.padding = kSamePadding;
  settings.depth_multiplier = 2;
  settings.filters = 3;
  const SeparableConv2D layer(settings);
  EXPECT_EQ(layer.multiply_adds(kImage), 2 * 2 * (2 * 3 * 4 + 4 * 3));
  LayerRun run = run_of(layer);
  ASSERT_EQ(run.specs()[0].name, "depthwise_kernel");
  ASSERT_EQ(run.specs()[1].name, "pointwise_kernel");
  ASSERT_EQ(run.specs()[1].shape, (Shape{1, 1, 4, 3}));
  fill(run.parameters[1], 2, 5, 2);
  run.parameters[2] = tensor_of({3}, {1, 2, -1});
  const Tensor output = run.forward();
  EXPECT_EQ(shape_of(output), (Shape{1, 2, 2, 3}));
  EXPECT_THAT(output, ElementsAre(-5, -16, 29, 27, 69, -83, 27, 13, -45, 14, 3, -17));
  Tensor dy = make_tensor({1, 2, 2, 3});
  fill(dy, 1, 5, 2);
  const LayerRun::Gradients gradients = run.backward(dy);
  EXPECT_THAT(gradients.inputs[0], ElementsAre(-15, 6, -5, 2, 25, -26, 27, -18, 6, -6, 16, 8, -32,
                                               25, -24, -27, -17, 1, -11, -3, 26, 23, 6, 27));
  EXPECT_THAT(gradients.parameters[0], ElementsAre(-18, 2, -2, -11, 14, 6, -23, 29, 12, 1, 7, 3, 12,
                                                   -10, 0, -3, 14, -16, -4, 0, -8, -2, -2, 0));
  EXPECT_THAT(gradients.parameters[1],
              ElementsAre(-34, -52, 40, 18, 22, -14, 26, 14, -28, -12, -50, 27));
  EXPECT_THAT(gradients.parameters[2], ElementsAre(0, -1, -2));
}

}  // namespace
}  // namespace adjoint
