#include <gtest/gtest.h>

#include "inference/inspection/layers/receptive_field.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

ReceptiveField field_of(const Model& model, const std::string& name, Shape input = {}) {
  const auto fields =
      receptive_fields(model, model.infer(input.empty() ? model.example_shape() : input));
  return fields[static_cast<std::size_t>(model.find(name))];
}
ReceptiveField square(Index size) {
  return {.height = size, .width = size};
}

TEST(ReceptiveField, GrowsByTheJumpInAnEncoder) {
  const Model model = strided_model();
  EXPECT_EQ(field_of(model, "input"), square(1));
  EXPECT_EQ(field_of(model, "enc1"), square(3));
  EXPECT_EQ(field_of(model, "enc2"), square(3 + 2 * 2));
}

TEST(ReceptiveField, CountsWhatATransposedKernelReallyTouches) {
  // A 3x3 kernel with stride 2 touches at most 2 features along an axis, 4 pixels apart: 7 + 4.
  // An output of dec1 touches two neighbours in dec2; one saw only what the other did.
  const Model model = strided_model();
  EXPECT_EQ(field_of(model, "dec2"), square(11));
  EXPECT_EQ(field_of(model, "dec1"), square(11));
}

TEST(ReceptiveField, TakesPoolingAndConvolutionTogether) {
  const Model model = keras_model();
  EXPECT_EQ(field_of(model, "conv1"), square(3));
  EXPECT_EQ(field_of(model, "pool1"), square(4));
  EXPECT_EQ(field_of(model, "conv2"), square(8));
  EXPECT_EQ(field_of(model, "pool2"), square(10));
}

TEST(ReceptiveField, KeepsTheAxesApart) {
  const Model model = build(model_text(
      "[32, 32, 1]",
      {layer("a", "Conv2D", "filters = 1\nkernel_size = [5, 1]\nstrides = [1, 2]"),
       layer("b", "Conv2D", "filters = 1\nkernel_size = [1, 3]\ndilation_rate = [1, 2]")}));
  EXPECT_EQ(field_of(model, "b"), (ReceptiveField{.height = 5, .width = 1 + 2 * 2 * 2}));
}

TEST(ReceptiveField, OfUpsamplingDependsOnTheKindOfInterpolation) {
  const Model model = build(model_text(
      "[32, 32, 1]",
      {pool("down"), layer("near", "UpSampling2D", ""),
       layer("conv", "Conv2D", "filters = 1\nkernel_size = 2"),
       layer("smooth", "UpSampling2D", "interpolation = 'bilinear'\ninputs = ['down']"),
       layer("smoother", "UpSampling2D", "interpolation = 'bicubic'\ninputs = ['down']")}));
  EXPECT_EQ(field_of(model, "near"), square(2));
  EXPECT_EQ(field_of(model, "conv"), square(4));  // where it stands across two blocks
  EXPECT_EQ(field_of(model, "smooth"), square(4));
  EXPECT_EQ(field_of(model, "smoother"), square(8));
}

TEST(ReceptiveField, CoversAllBranchesWhereTheyMeet) {
  const Model model = build(model_text(
      "[32, 32, 4]",
      {conv("wide", 4), conv("wider", 4),
       layer("shifted", "Conv2D",
             "filters = 4\nkernel_size = 2\npadding = [[0, 1], [1, 0]]\ninputs = ['input']"),
       layer("sum", "Add", "inputs = ['wider', 'shifted', 'input']"),
       layer("two", "Add", "inputs = ['shifted', 'input']")}));
  EXPECT_EQ(field_of(model, "sum"), square(5));
  EXPECT_EQ(field_of(model, "two"), square(2));
}

TEST(ReceptiveField, IsEverythingBehindFlatten) {
  const Model model = build(model_text(
      "[8, 8, 1]", {conv("enc", 2), layer("point", "Dense", "units = 3"),
                    layer("flat", "Flatten", ""), layer("code", "Dense", "units = 64"),
                    layer("image", "Reshape", "target_shape = [8, 8, 1]"), conv("out", 1)}));
  EXPECT_EQ(field_of(model, "point"), square(3));  // Dense works on the channels of each position
  EXPECT_TRUE(field_of(model, "flat").all);
  EXPECT_TRUE(field_of(model, "code").all);
  EXPECT_TRUE(field_of(model, "out").all);
}

TEST(ReceptiveField, MovesWithPaddingAndCropping) {
  const Model model = build(model_text(
      "[32, 32, 1]", {layer("pad", "ZeroPadding2D", "padding = [[2, 0], [0, 3]]"),
                      layer("back", "Cropping2D", "cropping = [[2, 0], [0, 3]]"),
                      layer("same", "Add", "inputs = ['back', 'input']"),
                      layer("other", "Cropping2D", "cropping = [[0, 2], [3, 0]]\ninputs = ['pad']"),
                      layer("apart", "Add", "inputs = ['other', 'input']")}));
  EXPECT_EQ(field_of(model, "same"), square(1));
  EXPECT_EQ(field_of(model, "apart"), (ReceptiveField{.height = 3, .width = 4}));
}

TEST(ReceptiveField, OfDepthwiseLayersAndSubPixels) {
  const Model model = build(model_text(
      "[32, 32, 4]",
      {layer("d", "DepthwiseConv2D", "kernel_size = 3\nstrides = 2\npadding = 'same'"),
       layer("s", "SeparableConv2D", "filters = 4\nkernel_size = [3, 1]\npadding = 'same'"),
       layer("p", "DepthToSpace", "block_size = 2"),
       layer("all", "GlobalAveragePooling2D", "keepdims = true")}));
  EXPECT_EQ(field_of(model, "d"), square(3));
  EXPECT_EQ(field_of(model, "s"), (ReceptiveField{.height = 7, .width = 3}));
  EXPECT_EQ(field_of(model, "p"), (ReceptiveField{.height = 7, .width = 3}));
  EXPECT_TRUE(field_of(model, "all").all);
}

TEST(ReceptiveField, IsEverythingWhereRowsAreJoined) {
  const Model model = build(model_text(
      "[8, 8, 1]", {layer("rows", "Concatenate", "axis = 1\ninputs = ['input', 'input']"),
                    layer("channels", "Concatenate", "inputs = ['input', 'input']")}));
  EXPECT_TRUE(field_of(model, "rows").all);
  EXPECT_EQ(field_of(model, "channels"), square(1));
}

// 25 -> 13 -> 7 and back, where "same" pads before and after: in both transposed layers odd rows
// touch 2 features and even rows 1. Of two neighbours in dec2, the even one sees a part of what the
// odd one does. A 5x5 kernel touches 3 features, and at even rows.
TEST(ReceptiveField, KnowsHowSamePadsOddSizes) {
  const Model model = tied_model();
  EXPECT_EQ(field_of(model, "enc2"), square(7));
  EXPECT_EQ(field_of(model, "dec2"), square(11));
  EXPECT_EQ(field_of(model, "dec1"), square(11));
  const Model larger = build(model_text(
      "[25, 25, 1]",
      {layer("enc1", "Conv2D", "filters = 2\nkernel_size = 5\nstrides = 2\npadding = 'same'"),
       conv("enc2", 3, "strides = 2"), tied("dec2", "enc2"), tied("dec1", "enc1")}));
  EXPECT_EQ(field_of(larger, "enc2"), square(9));
  EXPECT_EQ(field_of(larger, "dec2"), square(13));
  // Even rows: 3 neighbours in dec2 around an even one, so 3 features, 4 pixels apart.
  EXPECT_EQ(field_of(larger, "dec1"), square(17));
}

}  // namespace
}  // namespace adjoint
