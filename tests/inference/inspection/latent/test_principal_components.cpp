#include "inference/inspection/latent/principal_components.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

TEST(PrincipalComponents, FindTheDirectionsOfARectangle) {
  // Corners of 8 x 2, turned by the angle whose cosine is 0.6, about (3, -1): variances 16 and 1.
  const double c = 0.6, s = 0.8;
  Tensor points = make_tensor({4, 2});
  const double corners[4][2] = {{4, 1}, {4, -1}, {-4, 1}, {-4, -1}};
  for (std::size_t i = 0; i < 4; ++i) {
    points(i, 0) = static_cast<Real>(3 + c * corners[i][0] - s * corners[i][1]);
    points(i, 1) = static_cast<Real>(-1 + s * corners[i][0] + c * corners[i][1]);
  }
  const PrincipalComponents found = principal_components(view(points), 2);
  EXPECT_THAT(found.explained, Pointwise(DoubleNear(1e-6), {16.0 / 17, 1.0 / 17}));
  ASSERT_EQ(found.count, 2U);
  for (std::size_t i = 0; i < 4; ++i) {
    for (const std::size_t k : {0U, 1U})
      EXPECT_NEAR(std::abs(found.coordinates[2 * i + k]), std::abs(corners[i][k]), 1e-5);
  }
  // Corners of one short side lie together along the first direction.
  EXPECT_NEAR(found.coordinates[0], found.coordinates[2], 1e-5);
  EXPECT_NEAR(found.coordinates[0], -found.coordinates[4], 1e-5);
}

TEST(PrincipalComponents, AreTheSameForFewPointsAndForMany) {
  // 3 points in 5 dimensions, and the same again 4 times: the means and directions are the same.
  Tensor few = make_tensor({3, 5}), many = make_tensor({12, 5});
  Random random({.seed = 2});
  for (Real& x : view(few).flat()) x = random.uniform();
  for (Index i = 0; i < 60; ++i) many.data()[i] = few.data()[i % 15];
  const PrincipalComponents a = principal_components(view(few), 2);
  const PrincipalComponents b = principal_components(view(many), 2);
  ASSERT_EQ(a.explained.size(), 3U);
  ASSERT_EQ(b.explained.size(), 5U);
  EXPECT_NEAR(a.explained[2], 0, 1e-9);  // 3 points span a plane
  for (const std::size_t i : {0U, 1U}) EXPECT_NEAR(a.explained[i], b.explained[i], 1e-6);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(a.coordinates[i], b.coordinates[i], 1e-5);
}

TEST(PrincipalComponents, KeepTheDistancesOfPointsInAPlane) {
  Tensor points = make_tensor({4, 3}, Real{0});
  const double plane[4][2] = {{0, 0}, {1, 0}, {0, 2}, {3, 1}};
  for (std::size_t i = 0; i < 4; ++i) {
    points(i, 1) = static_cast<Real>(plane[i][0]);
    points(i, 2) = static_cast<Real>(plane[i][1]);
  }
  const PrincipalComponents found = principal_components(view(points), 2);
  const auto distance = [](double x, double y) { return std::sqrt(x * x + y * y); };
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NEAR(distance(found.coordinates[2 * i] - found.coordinates[2 * j],
                           found.coordinates[2 * i + 1] - found.coordinates[2 * j + 1]),
                  distance(plane[i][0] - plane[j][0], plane[i][1] - plane[j][1]), 1e-6);
    }
  }
}

TEST(PrincipalComponents, CountTheDirectionsThatAreNeeded) {
  const PrincipalComponents found{.explained = {0.6, 0.25, 0.1, 0.05}};
  EXPECT_EQ(found.directions_for(0.5), 1U);
  EXPECT_EQ(found.directions_for(0.84), 2U);
  EXPECT_EQ(found.directions_for(0.9), 3U);
}

TEST(PrincipalComponents, OfOneAndTheSamePointExplainNothing) {
  const Tensor points = make_tensor({3, 2}, Real{0.5});
  const PrincipalComponents found = principal_components(view(points), 2);
  EXPECT_THAT(found.explained, ElementsAre(0, 0));
  EXPECT_THAT(found.coordinates, ElementsAre(0, 0, 0, 0, 0, 0));
}

TEST(PrincipalComponents, RefuseWhatIsNotANumber) {
  Tensor points = make_tensor({3, 2}, Real{0.5});
  points(1, 1) = static_cast<Real>(NAN);
  EXPECT_THROW(principal_components(view(points), 2), RunError);
}

}  // namespace
}  // namespace adjoint
