#include "inference/inspection/kernels/subspace_angles.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/inference/inspection/kernels.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::IsEmpty;
using testing::Pointwise;

std::vector<double> cosines(const Tensor& first, const Tensor& second) {
  return subspace_angles(view(first), view(second)).cosines;
}

TEST(SubspaceAngles, AreThoseOfPlanesThatTurnAboutALine) {
  const Real c = std::cos(0.3F), s = std::sin(0.3F);
  // Columns x and y; x and y turned towards z. Other vectors of the same planes come to the same.
  const Tensor flat = make_kernel({3, 2}, {1, 0, 0, 1, 0, 0});
  const Tensor turned = make_kernel({3, 2}, {1, 1, c, -c, s, -s});
  EXPECT_THAT(cosines(flat, turned), Pointwise(FloatNear(1e-5F), {1.0F, c}));
  EXPECT_THAT(cosines(flat, flat), Pointwise(FloatNear(1e-5F), {1.0F, 1.0F}));
}

TEST(SubspaceAngles, LeaveOutWhatHoldsLittle) {
  // The second column has a tenth of the squares less than is left out.
  const Tensor one = make_kernel({2, 2}, {10, 0, 0, 3});
  const Tensor other = make_kernel({2, 2}, {0, 0, 1, 0});
  const SubspaceAngles angles = subspace_angles(view(one), view(other));
  EXPECT_EQ(angles.first_dimensions, 1);
  EXPECT_EQ(angles.second_dimensions, 1);
  EXPECT_THAT(angles.cosines, Pointwise(FloatNear(1e-6F), {0.0F}));
  const Tensor rounder = make_kernel({2, 2}, {10, 0, 0, 4});
  EXPECT_EQ(subspace_angles(view(rounder), view(other)).first_dimensions, 2);
}

TEST(SubspaceAngles, AreNoneWithAMatrixOfZeros) {
  const Tensor zeros = make_kernel({2, 2}, {0, 0, 0, 0});
  EXPECT_THAT(cosines(zeros, make_kernel({2, 2}, {1, 0, 0, 1})), IsEmpty());
}

}  // namespace
}  // namespace adjoint
