#include <gmock/gmock.h>

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/global_max_pooling2d.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

/// The layer's output for one image of one channel, row by row, and the gradient of its sum, or of
/// <output, weights>.
struct ImageResult {
  Shape shape;
  std::vector<Real> output, gradient;
};
ImageResult on_image(const Layer& layer, const Shape& size, const std::vector<Real>& pixels,
                     const std::vector<Real>& weights = {}) {
  LayerRun run(layer, {.inputs = {{size[0], size[1], 1}}}, 1);
  std::copy(pixels.begin(), pixels.end(), run.inputs[0].begin());
  const Tensor output = run.forward();
  Tensor output_gradient = make_tensor(shape_of(output), 1);
  std::copy(weights.begin(), weights.end(), output_gradient.begin());
  const Tensor gradient = run.backward(output_gradient).inputs[0];
  return {shape_of(output).sample(),
          {output.begin(), output.end()},
          {gradient.begin(), gradient.end()}};
}

TEST(MaxPooling2D, CutsWindowsAtTheBorderForSame) {
  const ImageResult r =
      on_image(MaxPooling2D({.padding = kSamePadding}), {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(r.shape, (Shape{2, 2, 1}));
  EXPECT_THAT(r.output, ElementsAre(5, 6, 8, 9));
  EXPECT_THAT(r.gradient, ElementsAre(0, 0, 0, 0, 1, 1, 0, 1, 1));
}

TEST(MaxPooling2D, NeverTakesThePadding) {
  // "same" with windows of 3 pads one row above and one below: a 0 there would win.
  const MaxPooling2D layer(
      {.pool_size = {3, 3}, .strides = Extent2{2, 2}, .padding = kSamePadding});
  const ImageResult r = on_image(layer, {3, 3}, {-1, -2, -3, -4, -5, -6, -7, -8, -9});
  EXPECT_THAT(r.output, ElementsAre(-1, -2, -4, -5));
}

TEST(MaxPooling2D, LeavesOutWhatFillsNoWindowForValid) {
  const ImageResult r =
      on_image(MaxPooling2D({}), {3, 5}, {1, 2, 9, 4, 9, 3, 0, 1, 1, 9, 9, 9, 9, 9, 9});
  EXPECT_EQ(r.shape, (Shape{1, 2, 1}));
  EXPECT_THAT(r.output, ElementsAre(3, 9));
}

TEST(MaxPooling2D, GivesTheGradientOfEqualMaximaToTheFirst) {
  const ImageResult r = on_image(MaxPooling2D({}), {2, 4}, {7, 7, 1, 2, 7, 7, 2, 2});
  EXPECT_THAT(r.gradient, ElementsAre(1, 0, 0, 1, 0, 0, 0, 0));
}

TEST(MaxPooling2D, AddsUpTheGradientsOfOverlappingWindows) {
  const MaxPooling2D layer({.pool_size = {1, 2}, .strides = Extent2{1, 1}});
  const ImageResult r = on_image(layer, {1, 4}, {1, 5, 3, 2});
  EXPECT_THAT(r.output, ElementsAre(5, 5, 3));
  EXPECT_THAT(r.gradient, ElementsAre(0, 2, 1, 0));
}

// PyTorch 1.13: avg_pool2d(kernel 3, stride 2, padding 1, count_include_pad=False).
TEST(AveragePooling2D, DoesNotCountThePadding) {
  const AveragePooling2D layer(
      {.pool_size = {3, 3}, .strides = Extent2{2, 2}, .padding = kSamePadding});
  const ImageResult r = on_image(layer, {3, 3}, {1, -2, 4, 3, 0, -1, 2, 5, -3}, {1, 2, 3, 4});
  EXPECT_EQ(r.shape, (Shape{2, 2, 1}));
  EXPECT_THAT(r.output, ElementsAre(0.5, 0.25, 2.5, 0.25));
  EXPECT_THAT(r.gradient, ElementsAre(0.25, 0.75, 0.5, 1, 2.5, 1.5, 0.75, 1.75, 1));
}

TEST(AveragePooling2D, LeavesOutWhatFillsNoWindowForValid) {
  const ImageResult r =
      on_image(AveragePooling2D({}), {3, 5}, {1, 3, 9, 4, 9, 3, 1, 1, 2, 9, 9, 9, 9});
  EXPECT_EQ(r.shape, (Shape{1, 2, 1}));
  EXPECT_THAT(r.output, ElementsAre(2, 4));
  EXPECT_THAT(r.gradient, ElementsAre(.25, .25, .25, .25, 0, .25, .25, .25, .25, 0, 0, 0, 0, 0, 0));
}

TEST(AveragePooling2D, KeepsAConstantImage) {
  const AveragePooling2D layer({.pool_size = {3, 3}, .padding = kSamePadding});
  EXPECT_THAT(on_image(layer, {4, 5}, std::vector<Real>(20, Real(0.75))).output,
              testing::Each(Real(0.75)));
}

TEST(GlobalMaxPooling2D, TakesEachChannelsMaximum) {
  const GlobalMaxPooling2D layer({});
  LayerRun run(layer, {.inputs = {{2, 2, 2}}}, 1);
  const std::vector<Real> pixels{5, -9, 1, -7, 5, -8, 2, -9};  // channel by channel of each pixel
  std::ranges::copy(pixels, run.inputs[0].begin());
  EXPECT_THAT(run.forward(), ElementsAre(5, -7));
  // The first channel has its maximum twice: both pixels share its gradient.
  const Tensor gradient = run.backward(make_tensor({1, 2}, 1)).inputs[0];
  EXPECT_THAT(gradient, ElementsAre(.5, 0, 0, 1, .5, 0, 0, 0));
}

TEST(GlobalAveragePooling2D, AveragesEachChannelOfEachImage) {
  // Rows of channels are longer and shorter than what is summed in one go.
  for (const Index channels : {1, 3, 700}) {
    const GlobalAveragePooling2D layer({});
    LayerRun run(layer, {.inputs = {{9, 30, channels}}}, 2);
    // Pixel p of image n and channel c is 4 p + n + 2 c: exact in float, on average 538 + n + 2 c.
    for (Index i = 0; i < 2 * 270 * channels; ++i) {
      const Index n = i / (270 * channels), p = i / channels % 270, c = i % channels;
      run.inputs[0].data()[i] = static_cast<Real>(4 * p + n + 2 * c);
    }
    const Tensor output = run.forward();
    ASSERT_EQ(shape_of(output), (Shape{2, channels}));
    Tensor weights = make_tensor({2, channels});
    for (Index i = 0; i < 2 * channels; ++i) {
      EXPECT_EQ(output.data()[i], 538 + i / channels + 2 * (i % channels));
      weights.data()[i] = static_cast<Real>(270 * i);
    }
    const Tensor gradient = run.backward(weights).inputs[0];
    for (Index i = 0; i < 2 * 270 * channels; ++i) {
      ASSERT_EQ(gradient.data()[i], i / (270 * channels) * channels + i % channels);
    }
  }
}

TEST(UpSampling2D, RepeatsPixels) {
  const ImageResult r = on_image(UpSampling2D({.size = {2, 3}}), {2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(r.shape, (Shape{4, 6, 1}));
  EXPECT_THAT(r.output, ElementsAre(1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2,  //
                                    3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4));
  EXPECT_THAT(r.gradient, ElementsAre(6, 6, 6, 6));
}

TEST(UpSampling2D, InterpolatesBetweenPixelCentres) {
  const UpSampling2D layer({.size = {1, 2}, .interpolation = NewPixels::bilinear});
  EXPECT_THAT(on_image(layer, {1, 2}, {0, 4}).output, ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(on_image(layer, {1, 3}, {0, 4, 8}).gradient, ElementsAre(2, 2, 2));
}

// PyTorch 1.13: interpolate(mode="bicubic", antialias=True), whose filter has a = -1/2 and scales
// the weights at the border as TensorFlow does. The output's weights are -3 ... 3, over and over.
TEST(UpSampling2D, InterpolatesWithCubics) {
  const UpSampling2D layer({.size = {2, 3}, .interpolation = NewPixels::bicubic});
  std::vector<Real> weights;
  for (int i = 0; i < 54; ++i) weights.push_back(static_cast<Real>(i % 7 - 3));
  const ImageResult r = on_image(layer, {3, 3}, {1, -2, 4, 3, 0, -1, 2, 5, -3}, weights);
  EXPECT_EQ(r.shape, (Shape{6, 9, 1}));
  const std::vector<float> expected{
      1.1393189F,  0.8235294F,  -0.2322515F, -1.6848739F, -2.1764706F, -0.2636555F, 2.5121704F,
      4.4411765F,  5.1377709F,  1.7310795F,  1.4014599F,  0.3712560F,  -1.0680396F, -1.7299270F,
      -0.4027633F, 1.6559275F,  3.0948905F,  3.6027660F,  2.9851346F,  2.6259542F,  1.6491182F,
      0.2369138F,  -0.7862595F, -0.6987459F, -0.1576731F, 0.2442748F,  0.3527521F,  3.0920048F,
      2.9160305F,  2.5593577F,  1.9980916F,  1.2442748F,  0.1507634F,  -1.0078968F, -1.7862595F,
      -2.1052632F, 2.0376489F,  2.2335766F,  2.9823811F,  3.9840980F,  4.0948905F,  2.0341502F,
      -0.7830355F, -2.7299270F, -3.4483289F, 1.5402477F,  1.9117647F,  3.1825558F,  4.9222689F,
      5.4411765F,  2.9233193F,  -0.6774848F, -3.1764706F, -4.0835913F};
  EXPECT_THAT(r.output, Pointwise(FloatNear(2e-6F), expected));
  const std::vector<float> gradient{-5.2534347F, 4.5589442F, -4.8270893F, 2.0827288F, -2.4956616F,
                                    2.4611434F,  0.8099333F, 1.5837229F,  -3.9202869F};
  EXPECT_THAT(r.gradient, Pointwise(FloatNear(2e-6F), gradient));
}

}  // namespace
}  // namespace adjoint
