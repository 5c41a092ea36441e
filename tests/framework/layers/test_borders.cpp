// Layers that move pixels: padding, cropping, DepthToSpace and SpaceToDepth.

#include <gmock/gmock.h>

#include "framework/layers/cropping2d.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// 1, 2, 3, ... through a layer, and the gradient for an output gradient of ones.
struct NumbersResult {
  Shape shape;
  Tensor output, gradient;
};
NumbersResult on_numbers(const Layer& layer, const Shape& image) {
  LayerRun run(layer, {.inputs = {image}}, 1);
  for (std::size_t i = 0; i < run.inputs[0].size(); ++i) {
    run.inputs[0].data()[i] = static_cast<Real>(i + 1);
  }
  NumbersResult result{.shape = layer.output_shape({.inputs = {image}}), .output = run.forward()};
  result.gradient = run.backward(make_tensor(shape_of(result.output), 1)).inputs[0];
  return result;
}

TEST(ZeroPadding2D, PutsZerosAround) {
  const NumbersResult r = on_numbers(ZeroPadding2D({.padding = {1, 2, 2, 1}}), {2, 3, 1});
  EXPECT_EQ(r.shape, (Shape{5, 6, 1}));
  EXPECT_THAT(r.output, ElementsAre(0, 0, 0, 0, 0, 0,  //
                                    0, 0, 1, 2, 3, 0,  //
                                    0, 0, 4, 5, 6, 0,  //
                                    0, 0, 0, 0, 0, 0,  //
                                    0, 0, 0, 0, 0, 0));
  EXPECT_THAT(r.gradient, ElementsAre(1, 1, 1, 1, 1, 1));
}

// The modes as numpy.pad gives them.
TEST(ZeroPadding2D, Reflects) {
  const NumbersResult r =
      on_numbers(ZeroPadding2D({.padding = {1, 1, 2, 1}, .mode = Border::reflect}), {2, 3, 1});
  EXPECT_EQ(r.shape, (Shape{4, 6, 1}));
  EXPECT_THAT(r.output, ElementsAre(6, 5, 4, 5, 6, 5,  //
                                    3, 2, 1, 2, 3, 2,  //
                                    6, 5, 4, 5, 6, 5,  //
                                    3, 2, 1, 2, 3, 2));
  EXPECT_THAT(r.gradient, ElementsAre(2, 6, 4, 2, 6, 4));
}

TEST(ZeroPadding2D, MirrorsSymmetrically) {
  const NumbersResult r =
      on_numbers(ZeroPadding2D({.padding = {1, 2, 2, 1}, .mode = Border::symmetric}), {2, 3, 1});
  EXPECT_THAT(r.output, ElementsAre(2, 1, 1, 2, 3, 3,  //
                                    2, 1, 1, 2, 3, 3,  //
                                    5, 4, 4, 5, 6, 6,  //
                                    5, 4, 4, 5, 6, 6,  //
                                    2, 1, 1, 2, 3, 3));
  EXPECT_THAT(r.gradient, ElementsAre(6, 6, 6, 4, 4, 4));
}

TEST(ZeroPadding2D, RepeatsTheEdge) {
  const NumbersResult r =
      on_numbers(ZeroPadding2D({.padding = {1, 2, 2, 1}, .mode = Border::replicate}), {2, 3, 1});
  EXPECT_THAT(r.output, ElementsAre(1, 1, 1, 2, 3, 3,  //
                                    1, 1, 1, 2, 3, 3,  //
                                    4, 4, 4, 5, 6, 6,  //
                                    4, 4, 4, 5, 6, 6,  //
                                    4, 4, 4, 5, 6, 6));
  EXPECT_THAT(r.gradient, ElementsAre(6, 2, 4, 9, 3, 6));
}

TEST(ZeroPadding2D, MirrorsNoFurtherThanTheImageReaches) {
  const auto shape = [](Border mode, Index padding, Index extent) {
    return ZeroPadding2D({.padding = {padding, 0, 0, padding}, .mode = mode})
        .output_shape({.inputs = {{extent, extent, 1}}});
  };
  EXPECT_EQ(shape(Border::reflect, 3, 4), (Shape{7, 7, 1}));
  EXPECT_EQ(shape(Border::symmetric, 3, 3), (Shape{6, 6, 1}));
  EXPECT_EQ(shape(Border::replicate, 3, 1), (Shape{4, 4, 1}));
  EXPECT_THAT([&] { shape(Border::reflect, 3, 3); },
              ThrowsMessage<InputError>(HasSubstr("mode = \"reflect\" cannot fill a padding of 3 0 "
                                                  "0 3 from an image of 3x3")));
  EXPECT_THAT([&] { shape(Border::symmetric, 3, 2); },
              ThrowsMessage<InputError>(HasSubstr("from an")));
}

TEST(Cropping2D, CutsRowsAndColumnsOff) {
  const NumbersResult r = on_numbers(Cropping2D({.cropping = {1, 0, 0, 2}}), {3, 4, 2});
  EXPECT_EQ(r.shape, (Shape{2, 2, 2}));
  EXPECT_THAT(r.output, ElementsAre(9, 10, 11, 12, 17, 18, 19, 20));
  EXPECT_THAT(r.gradient, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0,  //
                                      1, 1, 1, 1, 0, 0, 0, 0,  //
                                      1, 1, 1, 1, 0, 0, 0, 0));
}

TEST(Cropping2D, LeavesSomething) {
  EXPECT_THAT(
      [] {
        Cropping2D({.cropping = {2, 1, 0, 0}}).output_shape({.inputs = {{3, 4, 2}}});
      },
      ThrowsMessage<InputError>(HasSubstr("cropping 2 1 0 0 leaves nothing of an image of 3x4")));
}

// The example of tf.nn.depth_to_space's documentation: 1 x 2 x 2 x 4 to 1 x 4 x 4 x 1.
TEST(DepthToSpace, LaysChannelsOutAsTensorFlowDoes) {
  const NumbersResult r = on_numbers(DepthToSpace({.block_size = 2}), {2, 2, 4});
  EXPECT_EQ(r.shape, (Shape{4, 4, 1}));
  EXPECT_THAT(r.output, ElementsAre(1, 2, 5, 6,     //
                                    3, 4, 7, 8,     //
                                    9, 10, 13, 14,  //
                                    11, 12, 15, 16));
}

TEST(DepthToSpace, KeepsTheChannelsOfAPixelTogether) {
  const NumbersResult r = on_numbers(DepthToSpace({.block_size = 2}), {1, 1, 12});
  EXPECT_EQ(r.shape, (Shape{2, 2, 3}));
  EXPECT_THAT(r.output, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

TEST(DepthToSpace, GivesTheGradientBackWhereItCameFrom) {
  const DepthToSpace layer({.block_size = 3});
  LayerRun run(layer, {.inputs = {{2, 3, 18}}}, 2);
  EXPECT_THAT(run.backward(run.forward()).inputs[0], ElementsAreArray(run.inputs[0]));
}

TEST(DepthToSpace, NeedsWholeBlocks) {
  EXPECT_THAT(
      [] {
        DepthToSpace({.block_size = 2}).output_shape({.inputs = {{2, 2, 6}}});
      },
      ThrowsMessage<InputError>(
          HasSubstr("block_size = 2 needs channels that are a multiple of 4, got 2x2x6")));
}

TEST(SpaceToDepth, MakesThePixelsOfABlockChannelsAsTensorFlowDoes) {
  const NumbersResult r = on_numbers(SpaceToDepth({.block_size = 2}), {2, 4, 1});
  EXPECT_EQ(r.shape, (Shape{1, 2, 4}));
  EXPECT_THAT(r.output, ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
  const NumbersResult colours = on_numbers(SpaceToDepth({.block_size = 2}), {2, 2, 3});
  EXPECT_EQ(colours.shape, (Shape{1, 1, 12}));
  EXPECT_THAT(colours.output, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

TEST(SpaceToDepth, GivesTheGradientBackWhereItCameFrom) {
  const SpaceToDepth layer({.block_size = 3});
  LayerRun run(layer, {.inputs = {{6, 3, 2}}}, 2);
  EXPECT_THAT(run.backward(run.forward()).inputs[0], ElementsAreArray(run.inputs[0]));
}

TEST(SpaceToDepth, NeedsWholeBlocks) {
  EXPECT_THAT(
      [] {
        SpaceToDepth({.block_size = 2}).output_shape({.inputs = {{2, 3, 6}}});
      },
      ThrowsMessage<InputError>(HasSubstr(
          "block_size = 2 needs a height and a width that are multiples of it, got 2x3x6")));
}

}  // namespace
}  // namespace adjoint
