#include "inference/baselines/classical_filter.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;
using testing::IsSupersetOf;
using testing::NanSensitiveFloatEq;
using testing::Pointwise;

using Kind = ClassicalFilter::Kind;
constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();

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

TEST(ClassicalFilter, IsNanWhereTheWindowHoldsWhatIsNotFinite) {
  const Tensor row = tensor_of({1, 5, 1}, {1, kNan, 2, 4, 4});
  const std::vector<Real> expected{kNan, kNan, kNan, 4, 4};
  EXPECT_THAT(filtered({Kind::median, {1, 3}}, row), Pointwise(NanSensitiveFloatEq(), expected));
  EXPECT_THAT(filtered({Kind::wiener, {1, 3}}, row), Pointwise(NanSensitiveFloatEq(), expected));
}

TEST(ClassicalFilter, EstimatesTheNoiseByTheMedianOfTheWindowsVariances) {
  const auto noise_of = [](const Tensor& row) { return local_noise_variance({1, 3}, view(row)); };
  // Windows (0 0 3), (0 3 9), (3 9 9): variances 2, 14, 8.
  EXPECT_NEAR(noise_of(tensor_of({1, 3, 1}, {0, 3, 9})), 8, 1e-9);
  // A second channel ten times the first: 200, 1400, 800 as well.
  EXPECT_NEAR(noise_of(tensor_of({1, 3, 2}, {0, 0, 3, 30, 9, 90})), (14 + 200) / 2.0, 1e-9);
  // (0 0 3) and (0 3 9) are whole.
  EXPECT_NEAR(noise_of(tensor_of({1, 4, 1}, {0, 3, 9, kNan})), 8, 1e-9);
  EXPECT_EQ(noise_of(tensor_of({1, 1, 1}, {kNan})), 0);
}

TEST(ClassicalFilter, HasLargerWindowsForDefectsThanForNoise) {
  const auto windows = [](const Shape& image, FilterTask task) {
    std::set<std::pair<Index, Index>> found;
    for (const ClassicalFilter& filter : classical_filters(image, task)) {
      if (filter.kind == Kind::median) found.emplace(filter.window.h, filter.window.w);
    }
    return found;
  };
  const auto found = windows({64, 64, 1}, FilterTask::detect);
  EXPECT_THAT(found, IsSupersetOf(windows({64, 64, 1}, FilterTask::denoise)));
  EXPECT_THAT(found, IsSupersetOf({std::pair<Index, Index>{15, 15}, {1, 45}, {45, 1}}));
  for (const auto& [h, w] : found) EXPECT_TRUE(h % 2 == 1 && w % 2 == 1) << h << 'x' << w;
  const auto rows = windows({1, 0, 1}, FilterTask::detect);
  EXPECT_THAT(rows, IsSupersetOf(windows({1, 0, 1}, FilterTask::denoise)));
  for (const auto& [h, w] : rows) EXPECT_TRUE(h == 1 && w % 2 == 1) << h << 'x' << w;
  EXPECT_EQ(classical_filters({64, 64, 1}, FilterTask::detect).size(), 2 * found.size());
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
