#include <gtest/gtest.h>

#include <cmath>

#include "framework/tensor/error.hpp"
#include "inference/inspection/kernels/singular_values.hpp"
#include "tests/inference/inspection/kernels.hpp"

namespace adjoint {
namespace {

TEST(SingularValues, AreThoseOfAKnownMatrix) {
  // Golub & Van Loan's [[3, 0], [4, 5]]: 3 sqrt(5) and sqrt(5).
  const Tensor matrix{{3, 0}, {4, 5}};
  const std::vector<double> values = singular_values(view(matrix));
  ASSERT_EQ(values.size(), 2U);
  EXPECT_NEAR(values[0], 3 * std::sqrt(5), 1e-12);
  EXPECT_NEAR(values[1], std::sqrt(5), 1e-12);
}

TEST(SingularValues, AreAsManyAsTheSmallerSide) {
  const Tensor tall{{0, 2}, {0, 0}, {7, 0}}, wide{{0, 0, 7}, {0, 2, 0}};
  const Tensor column = make_kernel({2, 1}, {3, 4});
  EXPECT_EQ(singular_values(view(tall)), (std::vector<double>{7, 2}));
  EXPECT_EQ(singular_values(view(wide)), (std::vector<double>{7, 2}));
  EXPECT_EQ(singular_values(view(column)).size(), 1U);
  EXPECT_NEAR(singular_values(view(column))[0], 5, 1e-12);
}

TEST(SingularValues, RefuseWhatIsNotANumber) {
  const Tensor matrix{{1, 0}, {static_cast<Real>(NAN), 1}};
  EXPECT_THROW(singular_values(view(matrix)), RunError);
}

TEST(EffectiveRank, CountsEqualDirections) {
  EXPECT_NEAR(effective_rank({2, 2, 2, 0}), 3, 1e-12);
  EXPECT_NEAR(effective_rank({5, 0, 0}), 1, 1e-12);
  EXPECT_EQ(effective_rank({0, 0}), 0);
  // Shares 3/4 and 1/4: exp(-(3/4) ln(3/4) - (1/4) ln(1/4)) = 4 / 3^(3/4).
  EXPECT_NEAR(effective_rank({3, 1}), 4 / std::pow(3, 0.75), 1e-12);
}

}  // namespace
}  // namespace adjoint
