#include "datasets/image_ops.hpp"

#include <gmock/gmock.h>

#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

/// One row of pixels, in memory of just that size: the sanitizers see a step beyond it.
std::vector<Real> converted(std::vector<Real> pixels, Index channels, Index wanted) {
  const auto count = static_cast<Index>(pixels.size()) / channels;
  const Tensor result = with_channels(ConstView(pixels.data(), {1, count, channels}), wanted);
  EXPECT_EQ(shape_of(result), (Shape{1, count, wanted}));
  return values(result);
}

TEST(WithChannels, ChangesBetweenGrayAndColour) {
  EXPECT_THAT(converted({0.5F, 0.25F}, 1, 1), ElementsAre(0.5F, 0.25F));
  EXPECT_THAT(converted({0.5F, 0.25F}, 1, 3), ElementsAre(0.5F, 0.5F, 0.5F, 0.25F, 0.25F, 0.25F));
  EXPECT_THAT(converted({1, 0, 0, 0, 1, 0}, 3, 1), ElementsAre(0.299F, 0.587F));
}

TEST(WithChannels, TakesTheMeanOfChannelsThatAreNoColours) {
  EXPECT_THAT(converted({0.25F, 0.75F, 1, 0}, 2, 1), ElementsAre(FloatEq(0.5F), FloatEq(0.5F)));
  EXPECT_THAT(converted({0.25F, 0.75F}, 2, 3), ElementsAre(0.5F, 0.5F, 0.5F));
  EXPECT_THAT(converted({0, 0.25F, 0.75F, 1}, 4, 1), ElementsAre(FloatEq(0.5F)));
}

}  // namespace
}  // namespace adjoint
