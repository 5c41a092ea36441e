#include "inference/baselines/classical_filter.hpp"

#include <gmock/gmock.h>

#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;
using testing::Pointwise;

using Kind = ClassicalFilter::Kind;

std::vector<Real> filtered(const ClassicalFilter& filter, const Tensor& image,
                           double noise_variance = 0) {
  Tensor result = make_tensor(shape_of(image));
  apply(filter, view(image), noise_variance, view(result));
  return {result.begin(), result.end()};
}

TEST(ClassicalFilter, TakesTheMedianOfEachChannelAndReflectsAtTheEdges) {
  // Windows of the first row: (1 1 9), (1 9 2), (9 2 3), (2 3 3); the second channel is ten times
  // it.
  const Tensor row = tensor_of({1, 4, 2}, {1, 10, 9, 90, 2, 20, 3, 30});
  EXPECT_THAT(filtered({Kind::median, {1, 3}}, row), ElementsAre(1, 10, 2, 20, 3, 30, 3, 30));
  // Over two rows: the window of the first pixel holds 1 1 9 / 1 1 9 / 5 5 7.
  const Tensor image = tensor_of({2, 2, 1}, {1, 9, 5, 7});
  EXPECT_THAT(filtered({Kind::median, {3, 3}}, image), ElementsAre(5, 7, 5, 7));
}

TEST(ClassicalFilter, ReflectsWhereTheWindowIsLargerThanTheImage) {
  // ... 2 2 4 | 4 2 | 2 4 4 ...: the windows are 2 2 4 [4] 2 2 4 and 2 4 4 [2] 2 4 4.
  const Tensor row = tensor_of({1, 2, 1}, {4, 2});
  EXPECT_THAT(filtered({Kind::median, {1, 7}}, row), ElementsAre(2, 4));
}

TEST(ClassicalFilter, TakesPixelsToTheMeanAsFarAsNoiseExplainsTheVariance) {
  const Tensor row = tensor_of({1, 3, 1}, {0, 3, 9});
  const ClassicalFilter wiener{Kind::wiener, {1, 3}};
  // Windows (0 0 3), (0 3 9), (3 9 9): means 1, 4, 7; variances 2, 14, 8.
  EXPECT_THAT(filtered(wiener, row, 4),
              Pointwise(FloatNear(1e-5F), {1.0, 4 - 10.0 / 14, 7 + 2 * 0.5}));
  EXPECT_THAT(filtered(wiener, row, 0), Pointwise(FloatEq(), {0.0, 3.0, 9.0}));
  EXPECT_THAT(filtered(wiener, row, 100), Pointwise(FloatEq(), {1.0, 4.0, 7.0}));
}

TEST(ClassicalFilter, HasWindowsOfOneRowForSignals) {
  for (const ClassicalFilter& filter : classical_filters({1, 0, 1})) EXPECT_EQ(filter.window.h, 1);
  std::vector<std::string> names;
  for (const ClassicalFilter& filter : classical_filters({0, 0, 3})) names.push_back(filter.name());
  EXPECT_THAT(names, ElementsAre("median 3x3", "median 5x5", "median 7x7", "median 9x9",
                                 "Wiener 3x3", "Wiener 5x5", "Wiener 7x7", "Wiener 9x9"));
}

TEST(ClassicalFilter, IsTheBestOfItsKindByTheLargestValue) {
  const std::vector<ClassicalFilter> filters{{Kind::wiener, {3, 3}},
                                             {Kind::median, {3, 3}},
                                             {Kind::median, {5, 5}},
                                             {Kind::wiener, {5, 5}}};
  EXPECT_THAT(best_of_each_kind(filters, {27, 25, 26, 24}), ElementsAre(2, 0));
  EXPECT_THAT(best_of_each_kind({}, {}), testing::IsEmpty());
}

}  // namespace
}  // namespace adjoint
