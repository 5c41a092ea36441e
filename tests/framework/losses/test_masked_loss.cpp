// The mean over some pixels alone: by hand, against the loss of those pixels, and by differences.

#include "framework/losses/masked_loss.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/losses/loss_settings.hpp"
#include "framework/losses/weighted_sum.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct MaskedResult {
  double loss;
  Tensor gradient;
};

/// A shard of a batch, over memory that holds NaN.
MaskedResult masked(const MaskedLoss& loss, ConstView prediction, ConstView target, ConstView mask,
                    Index count, bool absorbed = false) {
  constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
  MaskedResult result{0, make_tensor(prediction.shape, kNan)};
  Tensor scratch = make_tensor({loss.scratch_size(prediction.shape)}, kNan);
  result.loss = loss.evaluate({.prediction = prediction,
                               .target = target,
                               .mask = mask,
                               .gradient = view(result.gradient),
                               .count = count,
                               .absorbed = absorbed,
                               .scratch = view(scratch)});
  return result;
}

const Tensor kPrediction = tensor_of({2, 1, 3, 2}, {1, 2, 3, 4, 5, 6, 0, 0, 1, 1, 2, 2});
const Tensor kTarget = tensor_of({2, 1, 3, 2}, {0, 0, 1, 2, 9, 9, 1, 2, 9, 9, 9, 9});
const Tensor kMask = tensor_of({2, 1, 3, 1}, {0, 1, 0, 1, 0, 0});

TEST(MaskedLoss, IsTheMeanOverTheCountedElements) {
  const MaskedLoss loss(make_loss("mse"));
  const auto found = masked(loss, view(kPrediction), view(kTarget), view(kMask), 12);
  // Differences 2, 2 in the first image and -1, -2 in the second.
  EXPECT_DOUBLE_EQ(found.loss, (4 + 4 + 1 + 4) / 4.0);
  EXPECT_THAT(std::vector<Real>(found.gradient.begin(), found.gradient.end()),
              ElementsAre(0, 0, 1, 1, 0, 0, -0.5, -1, 0, 0, 0, 0));
  EXPECT_DOUBLE_EQ(masked(loss, view(kPrediction), view(kTarget), {}, 12).loss,
                   (1 + 4 + 4 + 4 + 16 + 9 + 1 + 4 + 64 + 64 + 49 + 49) / 12.0);
}

TEST(MaskedLoss, OfShardsAddsUpToThatOfTheBatch) {
  const MaskedLoss loss(make_loss("mse"));
  const auto whole = masked(loss, view(kPrediction), view(kTarget), view(kMask), 12);
  double sum = 0;
  for (Index i = 0; i < 2; ++i) {
    const auto part = masked(loss, view(kPrediction).slice(i, 1), view(kTarget).slice(i, 1),
                             view(kMask).slice(i, 1), 12);
    sum += part.loss;
    EXPECT_EQ(part.gradient, copy_of(view(whole.gradient).slice(i, 1)));
  }
  EXPECT_DOUBLE_EQ(sum, whole.loss);
}

/// Every elementwise loss, and a sum of two.
std::vector<std::unique_ptr<Loss>> elementwise_losses() {
  std::vector<std::unique_ptr<Loss>> losses;
  for (const std::string& kind : loss_names())
    if (make_loss(kind)->elementwise()) losses.push_back(make_loss(kind));
  std::vector<WeightedSum::Term> terms;
  terms.push_back({make_loss("mse"), 0.7});
  terms.push_back({make_loss("charbonnier"), 0.3});
  losses.push_back(std::make_unique<WeightedSum>(std::move(terms)));
  return losses;
}

TEST(MaskedLoss, HasTheGradientThatDifferencesHave) {
  const Shape shape{2, 5, 4, 3};
  Tensor target = distinct_numbers(shape, 1), mask = make_tensor({2, 5, 4, 1}, Real{0});
  for (Real& t : target) t = (t + Real(1.5)) / 3;
  for (const std::size_t p : {3u, 7u, 19u, 20u, 31u, 39u}) mask.data()[p] = 1;
  std::vector<std::unique_ptr<Loss>> losses = elementwise_losses();
  ASSERT_GE(losses.size(), 6u);
  for (std::unique_ptr<Loss>& inner : losses) {
    SCOPED_TRACE(inner->name());
    const MaskedLoss loss(std::move(inner));
    for (const bool absorbed : {false, true}) {
      if (absorbed && !loss.absorbs({Activation::Kind::sigmoid})) continue;
      Tensor prediction = distinct_numbers(shape, 0);
      if (!absorbed)
        for (Real& p : prediction) p = (p + 3) / 6;  // away from the poles of a logarithm
      const auto value = [&] {
        return masked(loss, view(std::as_const(prediction)), view(std::as_const(target)),
                      view(std::as_const(mask)), 2 * shape.size(), absorbed);
      };
      const Tensor gradient = value().gradient;
      for (std::size_t i = 0; i < prediction.size(); ++i) {
        if (mask.data()[i / 3] == 0) {
          EXPECT_EQ(gradient.data()[i], 0) << i;
          continue;
        }
        constexpr Real kStep = Real(4e-3);
        const Real kept = prediction.data()[i];
        prediction.data()[i] = kept + kStep;
        const double above = value().loss;
        prediction.data()[i] = kept - kStep;
        const double below = value().loss;
        prediction.data()[i] = kept;
        const double expected = (above - below) / (2 * kStep);
        EXPECT_NEAR(gradient.data()[i], expected, 1e-2 * std::abs(expected) + 1e-4) << i;
        EXPECT_NE(gradient.data()[i], 0) << i;
      }
    }
  }
}

TEST(MaskedLoss, TakesElementwiseLossesAlone) {
  EXPECT_THAT([] { MaskedLoss(make_loss("ssim")); },
              ThrowsMessage<InputError>(HasSubstr(
                  "the loss ssim compares whole images, and only some pixels count; expected")));
  std::vector<WeightedSum::Term> terms;
  terms.push_back({make_loss("mse"), 1});
  terms.push_back({make_loss("ms_ssim"), 1});
  const WeightedSum sum(std::move(terms));
  EXPECT_FALSE(sum.elementwise());
}

}  // namespace
}  // namespace adjoint
