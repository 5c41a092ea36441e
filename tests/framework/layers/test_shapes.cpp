// Shapes that layers infer, and what they say of inputs that do not fit.

#include <gmock/gmock.h>

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/global_max_pooling2d.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/merge.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Shape shape_of_output(const Layer& layer, const std::vector<Shape>& inputs) {
  return layer.output_shape({.inputs = inputs});
}

void expect_refused(const Layer& layer, const std::vector<Shape>& inputs,
                    const std::string& message) {
  EXPECT_THAT([&] { shape_of_output(layer, inputs); },
              ThrowsMessage<InputError>(HasSubstr(message)))
      << layer.type();
}

TEST(LayerShapes, AreThoseOfKeras) {
  EXPECT_EQ(shape_of_output(Conv2D({.filters = 8, .strides = {2, 2}, .padding = kSamePadding}),
                            {{25, 28, 1}}),
            (Shape{13, 14, 8}));
  EXPECT_EQ(
      shape_of_output(Conv2DTranspose({.filters = 1, .strides = {2, 2}, .padding = kSamePadding}),
                      {{13, 14, 8}}),
      (Shape{26, 28, 1}));
  EXPECT_EQ(shape_of_output(Dense({.units = 7}), {{4, 5, 6}}), (Shape{4, 5, 7}));
  EXPECT_EQ(shape_of_output(Flatten(), {{4, 5, 6}}), (Shape{120}));
  EXPECT_EQ(shape_of_output(Reshape({.target_shape = {4, -1, 5}}), {{120}}), (Shape{4, 6, 5}));
  EXPECT_EQ(shape_of_output(MaxPooling2D({}), {{5, 6, 3}}), (Shape{2, 3, 3}));
  EXPECT_EQ(shape_of_output(MaxPooling2D({.padding = kSamePadding}), {{5, 6, 3}}),
            (Shape{3, 3, 3}));
  EXPECT_EQ(shape_of_output(AveragePooling2D({.padding = kSamePadding}), {{5, 6, 3}}),
            (Shape{3, 3, 3}));
  EXPECT_EQ(shape_of_output(GlobalAveragePooling2D({}), {{5, 6, 3}}), (Shape{3}));
  EXPECT_EQ(shape_of_output(GlobalAveragePooling2D({.keepdims = true}), {{5, 6, 3}}),
            (Shape{1, 1, 3}));
  EXPECT_EQ(shape_of_output(GlobalMaxPooling2D({}), {{5, 6, 3}}), (Shape{3}));
  EXPECT_EQ(shape_of_output(GlobalMaxPooling2D({.keepdims = true}), {{5, 6, 3}}), (Shape{1, 1, 3}));
  EXPECT_EQ(shape_of_output(UpSampling2D({.size = {2, 3}}), {{5, 6, 3}}), (Shape{10, 18, 3}));
  EXPECT_EQ(shape_of_output(Concatenate({}), {{5, 6, 3}, {5, 6, 4}}), (Shape{5, 6, 7}));
  EXPECT_EQ(shape_of_output(Concatenate({.axis = 1}), {{5, 6, 3}, {2, 6, 3}}), (Shape{7, 6, 3}));
}

TEST(LayerShapes, RefuseInputsThatDoNotFit) {
  const std::string image = "expects an image (height x width x channels), got 10";
  expect_refused(Conv2D({.filters = 2}), {{10}}, image);
  expect_refused(Conv2DTranspose({.filters = 2}), {{10}}, image);
  expect_refused(MaxPooling2D({}), {{10}}, image);
  expect_refused(AveragePooling2D({}), {{10}}, "AveragePooling2D " + image);
  expect_refused(GlobalAveragePooling2D({}), {{10}}, "GlobalAveragePooling2D " + image);
  expect_refused(GlobalMaxPooling2D({}), {{10}}, "GlobalMaxPooling2D " + image);
  expect_refused(UpSampling2D({}), {{10}}, image);
  expect_refused(
      MaxPooling2D({.padding = {.kind = PaddingRule::Kind::explicit_zeros, .zeros = {2, 0, 0, 0}}}),
      {{8, 8, 1}}, "the padding must be smaller than pool_size");
  expect_refused(Add(), {{4, 4, 2}, {4, 4, 3}},
                 "Add needs inputs of one shape, got 4x4x2 and 4x4x3");
  expect_refused(Multiply(), {{4, 4, 2}, {4, 4}},
                 "Multiply needs inputs of one shape, got 4x4x2 and 4x4");
  expect_refused(Concatenate({}), {{4, 4, 2}, {4, 5, 2}},
                 "inputs 4x4x2 and 4x5x2 differ outside axis -1");
  expect_refused(Concatenate({}), {{4, 4, 2}, {4}}, "inputs 4x4x2 and 4 differ");
  for (const Index axis : {0, 4, -4, -5}) {
    expect_refused(Concatenate({.axis = axis}), {{4, 4, 2}, {4, 4, 2}}, "expected -1 or 1 ... 3");
  }
}

TEST(Reshape, RefusesWhatDoesNotKeepTheNumbers) {
  const std::string message = "cannot make 2x3 (6 numbers) into";
  for (const Shape& target : {Shape{7}, Shape{4, -1}, Shape{-1, -1}, Shape{-1, -1, -1},
                              Shape{0, -1}, Shape{-2, -3}, Shape{-2, -1}, Shape{}}) {
    expect_refused(Reshape({.target_shape = target}), {{2, 3}}, message);
  }
}

TEST(UpSampling2D, RefusesASizeBelowOne) {
  expect_refused(UpSampling2D({.size = {0, 2}}), {{4, 4, 1}}, "size must be at least 1x1, got 0x2");
}

TEST(Concatenate, PutsInputsSideBySide) {
  const Concatenate channels({}), rows({.axis = 1});
  LayerRun by_channel(channels, {.inputs = {{1, 2, 1}, {1, 2, 2}}}, 1);
  by_channel.inputs = {tensor_of({1, 1, 2, 1}, {1, 2}), tensor_of({1, 1, 2, 2}, {3, 4, 5, 6})};
  EXPECT_THAT(by_channel.forward(), testing::ElementsAre(1, 3, 4, 2, 5, 6));
  LayerRun by_row(rows, {.inputs = {{1, 2, 1}, {2, 2, 1}}}, 2);
  by_row.inputs = {tensor_of({2, 1, 2, 1}, {1, 2, 7, 8}),
                   tensor_of({2, 2, 2, 1}, {3, 4, 5, 6, 9, 10, 11, 12})};
  EXPECT_THAT(by_row.forward(), testing::ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

}  // namespace
}  // namespace adjoint
