#include "framework/conv/zero_insertion.hpp"

#include <gmock/gmock.h>

#include "tests/framework/conv/cases.hpp"
#include "tests/framework/conv/products.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

TEST(ZeroInsertion, SpreadsPadsAndTurns) {
  const ConvGeometry g = ConvGeometry::from_features(
      {.kernel = {3, 2}, .stride = {2, 1}, .padding = zeros(1, 1, 0, 1)}, {2, 2, 1}, 1,
      Extent2{1, 0});
  const Tensor features = counting({1, 2, 2, 1}), kernel = counting({3, 2, 1, 1});
  const ZeroInsertion insertion = insert_zeros(g, view(features), view(kernel));
  EXPECT_EQ(insertion.zeros, (Extent2{1, 0}));
  EXPECT_EQ(insertion.padding, (Padding{.top = 1, .bottom = 2, .left = 1, .right = 0}));
  EXPECT_EQ(shape_of(insertion.spread), (Shape{1, 6, 3, 1}));
  EXPECT_THAT(insertion.spread, ElementsAre(0, 0, 0,  //
                                            0, 1, 2,  //
                                            0, 0, 0,  //
                                            0, 3, 4,  //
                                            0, 0, 0,  //
                                            0, 0, 0));
  EXPECT_THAT(insertion.kernel, ElementsAre(6, 5, 4, 3, 2, 1));
}

TEST(ZeroInsertion, CropsWhatThePaddingReachesBeyondTheKernel) {
  const ConvGeometry g =
      ConvGeometry::from_features({.kernel = {1, 1}, .padding = zeros(1, 0, 0, 1)}, {3, 3, 1}, 1);
  const Tensor features = counting({1, 3, 3, 1}), kernel = counting({1, 1, 1, 1});
  const ZeroInsertion result = insert_zeros(g, view(features), view(kernel));
  EXPECT_EQ(result.padding, (Padding{.top = -1, .right = -1}));
  EXPECT_THAT(result.spread, ElementsAre(4, 5, 7, 8));
}

TEST(ZeroInsertion, IsTheTransposedConvolution) {
  std::vector<ConvCase> cases = conv_cases();
  for (std::uint32_t i = 0; i < 400; ++i) cases.push_back(random_conv_case(i));
  for (const ConvCase& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c));
    const ConvGeometry g = c.geometry();
    Random random({.seed = 9});
    Tensor features = make_tensor(g.features.shape().batched(c.batch));
    Tensor kernel = make_tensor(g.kernel_shape());
    for (Tensor* tensor : {&features, &kernel})
      for (Real& x : *tensor) x = static_cast<Real>(random.below(7)) - 3;
    const ZeroInsertion other =
        insert_zeros(g, view(std::as_const(features)), view(std::as_const(kernel)));
    EXPECT_EQ(other.geometry.image,
              (Plane{shape_of(other.spread)[1], shape_of(other.spread)[2], g.features.channels}));
    EXPECT_EQ(other.geometry.features, g.image);
    EXPECT_THAT(forward(Convolution(other.geometry), other.spread, other.kernel),
                ElementsAreArray(backward_data(Convolution(g), features, kernel)));
  }
}

}  // namespace
}  // namespace adjoint
