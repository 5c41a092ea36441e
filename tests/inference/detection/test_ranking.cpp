#include "inference/detection/ranking.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "framework/tensor/error.hpp"

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

TEST(Ranking, TakesInfiniteScores) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> scores{infinity, 1, infinity, 2};
  EXPECT_DOUBLE_EQ(ranking(scores, {true, false, false, false}).auroc, (1 + 1 + 0.5) / 3);
}

}  // namespace
}  // namespace adjoint
