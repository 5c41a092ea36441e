#include "inference/detection/pixel_ranking.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

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

// By hand: a defect of four pixels, of which three stand out, and one of a single pixel; one of
// nine normal pixels ranks between them. Up to a rate of 1/9 the mean share found is 3/8, then 1.
TEST(PixelRanking, AveragesTheShareFoundOfEachRegion) {
  const Real residuals[] = {.9f, .9f,  .9f,  .1f,  .05f, .05f, .5f,
                            .7f, .05f, .05f, .05f, .05f, .05f, .05f};
  Tensor residual = make_tensor({1, 14, 1}), mask = make_tensor({1, 14, 1}, 0);
  for (Index i = 0; i < 14; ++i) {
    residual.data()[i] = residuals[i];
    mask.data()[i] = i < 4 || i == 6 ? 1 : 0;
  }
  PixelRanking pixels;
  pixels.add(view(std::as_const(residual)), view(std::as_const(mask)));
  EXPECT_NEAR(pixels.region_overlap(), (1.0 / 9 * 3 / 8 + (0.3 - 1.0 / 9)) / 0.3, 1e-9);
}

TEST(PixelRanking, GivesHalfTheHighestRateWhereAllScoresAreEqual) {
  const Tensor residual = make_tensor({4, 5, 1}, Real(0.5));
  Tensor mask = make_tensor({4, 5, 1}, 0);
  mask.data()[7] = 1;
  PixelRanking pixels;
  pixels.add(view(residual), view(std::as_const(mask)));
  EXPECT_NEAR(pixels.region_overlap(), 0.15, 1e-9);
}

TEST(PixelRanking, NeedsDefectivePixelsForTheOverlap) {
  PixelRanking pixels;
  const Tensor low = make_tensor({1, 1, 1}, Real(0.2));
  pixels.add(view(low), {});
  EXPECT_THROW(pixels.region_overlap(), InputError);
}

}  // namespace
}  // namespace adjoint
