#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/mse.hpp"
#include "framework/tensor/error.hpp"
#include "tests/support/layer_run.hpp"
#include "tests/support/reference_vectors.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

/// The loss of one batch in one shard and its gradient, written over the prediction.
struct Result {
  double loss;
  std::vector<Real> gradient;
};
Result evaluate(const Loss& loss, const std::vector<Real>& prediction,
                const std::vector<Real>& target, bool absorbed = false) {
  Result r{.gradient = prediction};
  const Index size = static_cast<Index>(prediction.size());
  r.loss = loss.evaluate(ConstView(r.gradient.data(), {size}), ConstView(target.data(), {size}),
                         View(r.gradient.data(), {size}), size, absorbed);
  return r;
}

TEST(MeanSquaredError, IsTheMeanOverAllElements) {
  const Result r = evaluate(MeanSquaredError(), {1, 2, 3, 0}, {0, 2, 5, 1});
  EXPECT_DOUBLE_EQ(r.loss, (1.0 + 0 + 4 + 1) / 4);
  EXPECT_THAT(r.gradient, ElementsAre(0.5, 0, -1, -0.5));
}

TEST(Losses, DivideAShardByTheElementsOfTheBatch) {
  const Tensor prediction = tensor_of({2}, {1, 2}), target = tensor_of({2}, {0, 0});
  EXPECT_DOUBLE_EQ(MeanSquaredError().evaluate(view(prediction), view(target), {}, 10, false), 0.5);
  EXPECT_NEAR(BinaryCrossentropy().evaluate(view(target), view(target), {}, 10, true),
              2 * std::log(2.0) / 10, 1e-7);
}

TEST(BinaryCrossentropy, OfProbabilitiesIsInNats) {
  const Result r = evaluate(BinaryCrossentropy(), {0.5, 0.25}, {1, 0.5});
  EXPECT_NEAR(r.loss, (std::log(2.0) - 0.5 * std::log(0.25) - 0.5 * std::log(0.75)) / 2, 1e-7);
  // (p - t) / (p (1 - p)) / 2
  EXPECT_NEAR(r.gradient[0], -1, 1e-6);
  EXPECT_NEAR(r.gradient[1], -0.25 / 0.1875 / 2, 1e-6);
}

TEST(BinaryCrossentropy, CutsProbabilitiesAsKerasDoes) {
  const Result r = evaluate(BinaryCrossentropy(), {0, 1}, {1, 1});
  EXPECT_NEAR(r.loss, -std::log(1e-7) / 2, 1e-4);
  EXPECT_THAT(r.gradient, ElementsAre(0, 0));
}

TEST(BinaryCrossentropy, OfLogitsKeepsItsDigitsFarFromZero) {
  const Result r = evaluate(BinaryCrossentropy(), {0, 100, -100, 200, -200}, {1, 0, 1, 1, 0}, true);
  EXPECT_NEAR(r.loss, (std::log(2.0) + 200) / 5, 1e-5);
  EXPECT_NEAR(r.gradient[0], -0.1, 1e-7);
  EXPECT_NEAR(r.gradient[1], 0.2, 1e-7);
  EXPECT_NEAR(r.gradient[2], -0.2, 1e-7);
  EXPECT_NEAR(r.gradient[3], 0, 1e-7);
  EXPECT_NEAR(r.gradient[4], 0, 1e-7);
  // 1e-30 would be lost beside 1 in a probability.
  EXPECT_NEAR(evaluate(BinaryCrossentropy(), {-30}, {0}, true).loss / std::exp(-30.0), 1, 1e-5);
}

TEST(Losses, AreNotANumberWhereAnElementIs) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  EXPECT_TRUE(std::isnan(evaluate(MeanSquaredError(), {1, nan}, {0, 0}).loss));
  EXPECT_TRUE(std::isnan(evaluate(BinaryCrossentropy(), {0.5, nan}, {0, 0}).loss));
  EXPECT_TRUE(std::isnan(evaluate(BinaryCrossentropy(), {0.5, nan}, {0, 0}, true).loss));
  EXPECT_TRUE(std::isnan(evaluate(BinaryCrossentropy(), {0.5, 0.5}, {0, nan}, true).loss));
}

TEST(Losses, TakeOverTheActivationThatTheyKnow) {
  for (const std::string& name : activation_names()) {
    const Activation activation{activation_kind(name)};
    EXPECT_EQ(BinaryCrossentropy().absorbs(activation), name == "sigmoid") << name;
    EXPECT_FALSE(MeanSquaredError().absorbs(activation)) << name;
  }
}

TEST(Losses, HaveNamesAndListThemForAWrongOne) {
  for (const std::string& name : loss_names()) EXPECT_EQ(make_loss(name)->name(), name);
  EXPECT_THAT([] { make_loss("mae"); },
              testing::ThrowsMessage<InputError>(
                  "unknown loss \"mae\"; expected one of mse, binary_crossentropy"));
}

TEST(Losses, AgreeWithPyTorch) {
  for (const std::string name : {"mse", "binary_crossentropy", "binary_crossentropy_from_logits"}) {
    SCOPED_TRACE(name);
    const ReferenceCase c = reference_case(name);
    Tensor gradient = make_tensor(shape_of(c.input), std::numeric_limits<Real>::quiet_NaN());
    const double value =
        make_loss(c.type)->evaluate(view(c.input), view(c.target), view(gradient),
                                    shape_of(c.input).size(), name.ends_with("from_logits"));
    EXPECT_NEAR(value, c.output.data()[0], 1e-6);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const Real expected = c.input_gradient.data()[i];
      EXPECT_NEAR(gradient.data()[i], expected, 1e-6 * (1 + std::abs(expected))) << i;
    }
  }
}

}  // namespace
}  // namespace adjoint
