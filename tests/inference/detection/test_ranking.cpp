#include "inference/detection/ranking.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

// scikit-learn's documentation of roc_auc_score and average_precision_score works these numbers:
// AUROC 0.75, average precision 0.83.
TEST(Ranking, AgreesWithTheKnownExample) {
  const std::vector<double> scores{0.1, 0.4, 0.35, 0.8};
  const Ranking result = ranking(scores, {false, false, true, true});
  EXPECT_DOUBLE_EQ(result.auroc, 0.75);
  EXPECT_DOUBLE_EQ(result.average_precision, 5.0 / 6);
}

TEST(Ranking, CountsEqualScoresHalf) {
  const std::vector<double> scores{1, 1, 1, 1};
  const Ranking result = ranking(scores, {false, true, false, true});
  EXPECT_DOUBLE_EQ(result.auroc, 0.5);
  EXPECT_DOUBLE_EQ(result.average_precision, 0.5);
}

TEST(Ranking, KnowsPerfectAndInverted) {
  const std::vector<double> scores{3, 1, 2, 4};
  EXPECT_DOUBLE_EQ(ranking(scores, {true, false, false, true}).auroc, 1);
  EXPECT_DOUBLE_EQ(ranking(scores, {true, false, false, true}).average_precision, 1);
  EXPECT_DOUBLE_EQ(ranking(scores, {false, true, true, false}).auroc, 0);
}

TEST(Ranking, RefusesOneKindAlone) {
  const std::vector<double> scores{1, 2};
  EXPECT_THROW(ranking(scores, {true, true}), InputError);
  EXPECT_THROW(ranking(scores, {false, false}), InputError);
}

// The definition: the share of pairs in which the defective one scores higher.
TEST(PixelRanking, AgreesWithAllPairs) {
  Random random({.seed = 4});
  const Shape shape{20, 10, 1};
  Tensor residual = make_tensor(shape), mask = make_tensor(shape, 0);
  for (Index i = 0; i < shape.size(); ++i) {
    mask.data()[i] = i % 7 == 0 ? 1 : 0;
    residual.data()[i] = random.uniform() + (i % 7 == 0 ? Real(0.2) : Real(0));
  }
  double won = 0, pairs = 0;
  for (Index i = 0; i < shape.size(); ++i) {
    for (Index j = 0; j < shape.size(); ++j) {
      if (mask.data()[i] < 1 || mask.data()[j] > 0) continue;
      won += residual.data()[i] > residual.data()[j] ? 1 : 0;
      pairs += 1;
    }
  }
  PixelRanking pixels;
  pixels.add(view(std::as_const(residual)), view(std::as_const(mask)));
  EXPECT_NEAR(pixels.result().auroc, won / pairs, 1e-3);
}

TEST(PixelRanking, TakesImagesWithoutAMaskAsNormal) {
  const Tensor low = make_tensor({2, 2, 1}, Real(0.1)), high = make_tensor({1, 1, 1}, Real(0.2));
  const Tensor all = make_tensor({1, 1, 1}, 1);
  PixelRanking pixels;
  pixels.add(view(low), {});
  pixels.add(view(high), view(all));
  EXPECT_DOUBLE_EQ(pixels.result().auroc, 1);
}

// Every bit pattern has a bin: what is no number, of either sign, comes last, with the infinite.
TEST(PixelRanking, RanksWhatIsNoNumberAsTheWorst) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Real infinity = std::numeric_limits<Real>::infinity();
  const Tensor all = make_tensor({1, 1, 1}, 1);
  for (const Real bad : {nan, -nan, Real(std::bit_cast<float>(0x7FFFFFFFU)), infinity}) {
    const Tensor worst = make_tensor({1, 1, 1}, bad);
    const Tensor large = make_tensor({1, 1, 1}, Real(std::numeric_limits<float>::max()));
    PixelRanking pixels;
    pixels.add(view(worst), view(all));
    pixels.add(view(large), {});
    EXPECT_EQ(pixels.result().auroc, 1) << bad;
  }
  const Tensor negative_zero = make_tensor({1, 1, 1}, Real(-0.0));
  const Tensor small = make_tensor({1, 1, 1}, Real(1e-6));
  PixelRanking pixels;
  pixels.add(view(small), view(all));
  pixels.add(view(negative_zero), {});
  EXPECT_EQ(pixels.result().auroc, 1);
}

TEST(Ranking, TakesInfiniteScores) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> scores{infinity, 1, infinity, 2};
  EXPECT_DOUBLE_EQ(ranking(scores, {true, false, false, false}).auroc, (1 + 1 + 0.5) / 3);
}

}  // namespace
}  // namespace adjoint
