#include "inference/detection/overlay.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace adjoint {
namespace {

TEST(Overlay, GoesFromTheImageToRedOnTheGivenScale) {
  const Tensor image = make_tensor({1, 3, 1}, Real(0.25));
  Tensor residual = make_tensor({1, 3, 1});
  residual.data()[0] = 0;
  residual.data()[1] = 2;
  residual.data()[2] = 9;
  const Tensor picture = overlay(view(image), view(std::as_const(residual)), 4);
  ASSERT_EQ(shape_of(picture), (Shape{1, 3, 3}));
  const Real* pixel = picture.data();
  for (int c = 0; c < 3; ++c) EXPECT_EQ(pixel[c], Real(0.25));  // as it was
  // Half way: between gray and the middle of yellow (1, 0.85, 0) and red (0.85, 0, 0).
  EXPECT_NEAR(pixel[3], (0.25 + 0.925) / 2, 1e-6);
  EXPECT_NEAR(pixel[4], (0.25 + 0.425) / 2, 1e-6);
  EXPECT_NEAR(pixel[5], 0.125, 1e-6);
  EXPECT_NEAR(pixel[6], 0.85, 1e-6);
  EXPECT_NEAR(pixel[7], 0, 1e-6);
}

TEST(Overlay, ShowsWhatIsNoNumberInFullColour) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Tensor image = make_tensor({1, 1, 1}, nan), residual = make_tensor({1, 1, 1}, nan);
  const Tensor picture = overlay(view(image), view(residual), 4);
  EXPECT_EQ(picture.data()[0], Real(0.85));
  EXPECT_EQ(picture.data()[1], 0);
  EXPECT_EQ(picture.data()[2], 0);
}

}  // namespace
}  // namespace adjoint
