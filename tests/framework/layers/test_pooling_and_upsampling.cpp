#include <gmock/gmock.h>

#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

const PaddingRule kSame{.kind = PaddingRule::Kind::same};

/// The layer's output for one image of one channel, row by row, and the gradient of its sum.
struct Result {
  Shape shape;
  std::vector<Real> output, gradient;
};
Result on_image(const Layer& layer, const Shape& size, const std::vector<Real>& pixels) {
  LayerRun run(layer, {.inputs = {{size[0], size[1], 1}}}, 1);
  std::copy(pixels.begin(), pixels.end(), run.inputs[0].begin());
  const Tensor output = run.forward();
  const Tensor gradient = run.backward(make_tensor(shape_of(output), 1)).inputs[0];
  return {shape_of(output).sample(),
          {output.begin(), output.end()},
          {gradient.begin(), gradient.end()}};
}

TEST(MaxPooling2D, CutsWindowsAtTheBorderForSame) {
  const Result r = on_image(MaxPooling2D({.padding = kSame}), {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(r.shape, (Shape{2, 2, 1}));
  EXPECT_THAT(r.output, ElementsAre(5, 6, 8, 9));
  EXPECT_THAT(r.gradient, ElementsAre(0, 0, 0, 0, 1, 1, 0, 1, 1));
}

TEST(MaxPooling2D, NeverTakesThePadding) {
  // "same" with windows of 3 pads one row above and one below: a 0 there would win.
  const MaxPooling2D layer({.pool_size = {3, 3}, .strides = Extent2{2, 2}, .padding = kSame});
  const Result r = on_image(layer, {3, 3}, {-1, -2, -3, -4, -5, -6, -7, -8, -9});
  EXPECT_THAT(r.output, ElementsAre(-1, -2, -4, -5));
}

TEST(MaxPooling2D, LeavesOutWhatFillsNoWindowForValid) {
  const Result r =
      on_image(MaxPooling2D({}), {3, 5}, {1, 2, 9, 4, 9, 3, 0, 1, 1, 9, 9, 9, 9, 9, 9});
  EXPECT_EQ(r.shape, (Shape{1, 2, 1}));
  EXPECT_THAT(r.output, ElementsAre(3, 9));
}

TEST(MaxPooling2D, GivesTheGradientOfEqualMaximaToTheFirst) {
  const Result r = on_image(MaxPooling2D({}), {2, 4}, {7, 7, 1, 2, 7, 7, 2, 2});
  EXPECT_THAT(r.gradient, ElementsAre(1, 0, 0, 1, 0, 0, 0, 0));
}

TEST(MaxPooling2D, AddsUpTheGradientsOfOverlappingWindows) {
  const MaxPooling2D layer({.pool_size = {1, 2}, .strides = Extent2{1, 1}});
  const Result r = on_image(layer, {1, 4}, {1, 5, 3, 2});
  EXPECT_THAT(r.output, ElementsAre(5, 5, 3));
  EXPECT_THAT(r.gradient, ElementsAre(0, 2, 1, 0));
}

TEST(UpSampling2D, RepeatsPixels) {
  const Result r = on_image(UpSampling2D({.size = {2, 3}}), {2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(r.shape, (Shape{4, 6, 1}));
  EXPECT_THAT(r.output, ElementsAre(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2,  //
                                    3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4));
  EXPECT_THAT(r.gradient, ElementsAre(6, 6, 6, 6));
}

TEST(UpSampling2D, InterpolatesBetweenPixelCentres) {
  const UpSampling2D layer({.size = {1, 2}, .interpolation = "bilinear"});
  EXPECT_THAT(on_image(layer, {1, 2}, {0, 4}).output, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(on_image(layer, {1, 3}, {0, 4, 8}).gradient, ElementsAre(2, 2, 2));
}

}  // namespace
}  // namespace adjoint
