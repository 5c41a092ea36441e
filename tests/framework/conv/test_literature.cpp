// Numbers that were worked out by hand, here or in the literature: an identity cannot see a product
// that is wrong the same way everywhere.

#include <gmock/gmock.h>

#include "tests/framework/conv/cases.hpp"
#include "tests/framework/conv/products.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

class Literature : public testing::TestWithParam<std::string> {
 protected:
  static PartlyBy conv(const ConvSpec& spec, const Plane& image, Index filters = 1) {
    return {ConvGeometry::from_image(spec, image, filters), GetParam()};
  }
  static PartlyBy transpose(const ConvSpec& spec, const Plane& features, Index filters = 1) {
    return {ConvGeometry::from_features(spec, features, filters), GetParam()};
  }
};

TEST_P(Literature, ThreeByThreeOverFourByFour) {
  const Tensor features =
      forward(conv({.kernel = {3, 3}}, {4, 4, 1}), counting({1, 4, 4, 1}), counting({3, 3, 1, 1}));
  EXPECT_THAT(features, ElementsAre(348, 393, 528, 573));
}

TEST_P(Literature, TwoByTwoTransposed) {
  const Tensor image =
      backward_data(transpose({.kernel = {2, 2}}, {2, 2, 1}), tensor_of({1, 2, 2, 1}, {0, 1, 2, 3}),
                    tensor_of({2, 2, 1, 1}, {4, 1, 2, 3}));
  EXPECT_EQ(shape_of(image), (Shape{1, 3, 3, 1}));
  EXPECT_THAT(image, ElementsAre(0, 4, 1, 8, 16, 6, 4, 12, 9));
}

// Rows and columns are strided and padded differently:
//     0  0  0  0 | 0 0
//     1  2  3  4 | 0 0      kernel  1 0 -1
//     5  6  7  8 | 0 0              2 1  0
//     9 10 11 12 | 0 0
const ConvSpec kLopsided{.kernel = {2, 3}, .stride = {2, 3}, .padding = zeros(1, 0, 0, 2)};
const Plane kLopsidedImage{3, 4, 1};

TEST_P(Literature, AsymmetricPaddingAndStride) {
  const Tensor kernel = tensor_of({2, 3, 1, 1}, {1, 0, -1, 2, 1, 0});
  const PartlyBy c = conv(kLopsided, kLopsidedImage);
  EXPECT_THAT(forward(c, counting({1, 3, 4, 1}), kernel), ElementsAre(4, 8, 26, 32));
  EXPECT_THAT(backward_data(c, counting({1, 2, 2, 1}), kernel),
              ElementsAre(2, 1, 0, 4, 3, 0, -3, 4, 6, 3, 0, 8));
  // Each tap sums pixel * feature over the four windows.
  EXPECT_THAT(
      backward_kernel(c, counting({1, 3, 4, 1}), counting({1, 2, 2, 1})),
      ElementsAre(3 * 5 + 4 * 8, 3 * 6, 3 * 7, 1 + 2 * 4 + 3 * 9 + 4 * 12, 2 + 3 * 10, 3 + 3 * 11));
}

TEST_P(Literature, SamePutsTheExtraRowBehind) {
  const ConvSpec spec{.kernel = {2, 2}, .padding = same_padding()};
  const Tensor ones = make_tensor({2, 2, 1, 1}, 1);
  EXPECT_THAT(forward(conv(spec, {2, 2, 1}), counting({1, 2, 2, 1}), ones),
              ElementsAre(10, 6, 7, 4));
  EXPECT_THAT(backward_data(transpose(spec, {2, 2, 1}), counting({1, 2, 2, 1}), ones),
              ElementsAre(1, 3, 4, 10));
}

TEST_P(Literature, ChannelsOfThePixelComeBeforeFilters) {
  const Tensor image = tensor_of({1, 1, 2, 2}, {1, 10, 100, 1000});
  EXPECT_THAT(forward(conv({.kernel = {1, 2}}, {1, 2, 2}, 2), image, counting({1, 2, 2, 2})),
              ElementsAre(7531, 8642));
}

TEST_P(Literature, EachGroupSeesItsOwnChannels) {
  const Tensor image = tensor_of({1, 1, 1, 4}, {1, 10, 100, 1000});
  EXPECT_THAT(forward(conv({.groups = 2}, {1, 1, 4}, 2), image, counting({1, 1, 2, 2})),
              ElementsAre(31, 4200));
}

TEST_P(Literature, DilationSkipsPixels) {
  EXPECT_THAT(forward(conv({.kernel = {1, 2}, .dilation = {1, 3}}, {1, 5, 1}),
                      counting({1, 1, 5, 1}), tensor_of({1, 2, 1, 1}, {1, 10})),
              ElementsAre(41, 52));
}

TEST_P(Literature, AKernelBelowTheStrideLeavesGaps) {
  EXPECT_THAT(backward_data(transpose({.kernel = {1, 2}, .stride = {1, 3}}, {1, 2, 1}),
                            counting({1, 1, 2, 1}), tensor_of({1, 2, 1, 1}, {1, 10})),
              ElementsAre(1, 10, 0, 2, 20, 0));
}

INSTANTIATE_TEST_SUITE_P(Convolution, Literature, testing::ValuesIn(engine_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace adjoint
