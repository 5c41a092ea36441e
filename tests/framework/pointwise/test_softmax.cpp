#include "framework/pointwise/activation.hpp"
#include "tests/framework/pointwise/every_target.hpp"

namespace adjoint {
namespace {

constexpr Activation kSoftmax{Activation::Kind::softmax};

class Softmax : public EveryTarget {};
ADJOINT_EVERY_TARGET(Softmax);

TEST_P(Softmax, IsThatOfEachRow) {
  for (const Index row : {1, 2, 3, 16, 37}) {
    constexpr Index kRows = 5;
    const Shape shape{kRows, row};
    const std::vector<Real> x = numbers(shape.size(), 1), dy = numbers(shape.size(), 2);
    Guarded values(x), gradient(dy);
    apply(kSoftmax, values.view(shape), values.view(shape));
    apply_gradient(kSoftmax, values.view(shape), gradient.view(shape), gradient.view(shape));
    for (Index r = 0; r < kRows; ++r) {
      double total = 0, mean = 0;
      for (Index i = r * row; i < (r + 1) * row; ++i) total += std::exp(double{x[i]});
      for (Index i = r * row; i < (r + 1) * row; ++i)
        mean += std::exp(double{x[i]}) / total * dy[i];
      for (Index i = r * row; i < (r + 1) * row; ++i) {
        const double y = std::exp(double{x[i]}) / total;
        expect_near(values[i], y, 16);
        expect_near(gradient[i], y * (dy[i] - mean), 16, 4);
      }
    }
  }
}

TEST_P(Softmax, StandsLargeNumbersAndShowsNaN) {
  Guarded large({1000, 1000, -1000});
  apply(kSoftmax, large.view({1, 3}), large.view({1, 3}));
  EXPECT_EQ(large[0], Real(0.5));
  EXPECT_EQ(large[1], Real(0.5));
  EXPECT_EQ(large[2], 0);
  Guarded wrong({1, kNaN, 2, 1, 2, 3});
  apply(kSoftmax, wrong.view({2, 3}), wrong.view({2, 3}));
  for (Index i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(wrong[i])) << i;
  EXPECT_FALSE(std::isnan(wrong[3]));
}

}  // namespace
}  // namespace adjoint
