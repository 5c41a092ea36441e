#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/framework/losses/images.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/layer_run.hpp"
#include "tests/support/reference_vectors.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The loss of one batch in one shard and its gradient.
struct Result {
  double loss;
  std::vector<Real> gradient;
};
Result evaluate(const Loss& loss, const std::vector<Real>& prediction,
                const std::vector<Real>& target, bool absorbed = false) {
  const Shape shape{static_cast<Index>(prediction.size())};
  const LossResult r = evaluate(loss, {prediction.data(), shape}, {target.data(), shape}, absorbed);
  return {r.loss, {r.gradient.begin(), r.gradient.end()}};
}

TEST(MeanSquaredError, IsTheMeanOverAllElements) {
  const Result r = evaluate(MeanSquaredError(), {1, 2, 3, 0}, {0, 2, 5, 1});
  EXPECT_DOUBLE_EQ(r.loss, (1.0 + 0 + 4 + 1) / 4);
  EXPECT_THAT(r.gradient, ElementsAre(0.5, 0, -1, -0.5));
}

TEST(MeanAbsoluteError, IsTheMeanOfDistances) {
  const Result r = evaluate(MeanAbsoluteError(), {1, 2, 3, 0}, {0, 2, 5, 1});
  EXPECT_DOUBLE_EQ(r.loss, (1.0 + 0 + 2 + 1) / 4);
  EXPECT_THAT(r.gradient, ElementsAre(0.25, 0, -0.25, -0.25));
}

TEST(Huber, IsAParabolaAndThenALine) {
  // 2^2 / 2 at the seam of both, 2 (3 - 2 / 2), 0.5^2 / 2
  const Result r = evaluate(Huber({.delta = 2}), {2, 0, 1, 7}, {0, 3, 0.5, 7});
  EXPECT_DOUBLE_EQ(r.loss, (2 + 4 + 0.125) / 4);
  EXPECT_THAT(r.gradient, ElementsAre(0.5, -0.5, 0.125, 0));
}

TEST(Charbonnier, IsADistanceWithARoundKink) {
  // sqrt(3^2 + 4^2), sqrt(0 + 4^2)
  const Result r = evaluate(Charbonnier({.epsilon = 4}), {3, 1}, {0, 1});
  EXPECT_DOUBLE_EQ(r.loss, (5.0 + 4) / 2);
  EXPECT_NEAR(r.gradient[0], 0.3, 1e-7);
  EXPECT_EQ(r.gradient[1], 0);
}

TEST(WeightedSum, AddsItsTerms) {
  const auto loss = loss_of("[[term]]\nkind = \"mse\"\nweight = 2\n[[term]]\nkind = \"mae\"\n");
  const Result r = evaluate(*loss, {1, 2, 3, 0}, {0, 2, 5, 1});
  EXPECT_DOUBLE_EQ(r.loss, 2 * 6.0 / 4 + 4.0 / 4);
  EXPECT_THAT(r.gradient, ElementsAre(1.25, 0, -2.25, -1.25));
}

TEST(Losses, StayFiniteOnConstantPatches) {
  const Shape shape{1, 176, 176, 1};
  for (const std::string& name : loss_names()) {
    for (const auto& [made, wanted] : {std::pair{0.0, 0.0},
                                       {0.3, 0.3},
                                       {1.0, 1.0},
                                       {0.25, 0.75},
                                       {0.0, 1.0},
                                       {1.0, 0.0},
                                       {-100.0, 0.5},
                                       {1e4, 0.1}}) {
      if (name == "binary_crossentropy" && (made < 0 || made > 1)) continue;
      SCOPED_TRACE(fmt::format("{}: {} for {}", name, made, wanted));
      const Tensor prediction = make_tensor(shape, static_cast<Real>(made));
      const Tensor target = make_tensor(shape, static_cast<Real>(wanted));
      const LossResult r = evaluate(*make_loss(name), view(prediction), view(target));
      EXPECT_TRUE(std::isfinite(r.loss)) << r.loss;
      for (const Real g : r.gradient) ASSERT_TRUE(std::isfinite(g)) << g;
      if (made == wanted && name != "binary_crossentropy") {
        EXPECT_NEAR(r.loss, name == "charbonnier" ? 1e-3 : 0, 1e-6);
        for (const Real g : r.gradient) ASSERT_NEAR(g, 0, 1e-6);
      }
    }
  }
}

TEST(LossSettings, AreOneKindOrTermsOfThem) {
  const auto reading = [](const char* toml) { return [=] { loss_of(toml); }; };
  EXPECT_EQ(loss_of("")->name(), "mse");
  EXPECT_EQ(loss_of("kind = \"huber\"\ndelta = 0.1")->name(), "huber");
  EXPECT_THAT(reading("kind = \"mse\"\ndelta = 0.1"),
              testing::ThrowsMessage<InputError>(HasSubstr("unknown key \"delta\"")));
  EXPECT_THAT(reading("kind = \"mse\"\n[[term]]\nkind = \"mae\""),
              testing::ThrowsMessage<InputError>(HasSubstr("has no kind of its own")));
  EXPECT_THAT(reading("[[term]]\nkind = \"mae\"\nweight = 0"),
              testing::ThrowsMessage<InputError>(HasSubstr("greater than 0")));
  LossSettings settings;
  parse_config("[[term]]\nkind = \"ssim\"\nweight = 0.84\n[[term]]\nkind = \"mae\"", "test", {},
               settings);
  EXPECT_EQ(write_config(settings),
            "[[term]]\nkind = \"ssim\"\nwindow = 11\nsigma = 1.5\nweight = 0.84\n\n"
            "[[term]]\nkind = \"mae\"\nweight = 1.0\n");
}

TEST(Losses, DivideAShardByTheElementsOfTheBatch) {
  const Tensor prediction = tensor_of({2}, {1, 2}), target = tensor_of({2}, {0, 0});
  EXPECT_DOUBLE_EQ(evaluate(MeanSquaredError(), view(prediction), view(target), false, 10).loss,
                   0.5);
  EXPECT_NEAR(evaluate(BinaryCrossentropy(), view(target), view(target), true, 10).loss,
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
  for (const char* name : {"mse", "mae", "huber", "charbonnier"}) {
    EXPECT_TRUE(std::isnan(evaluate(*make_loss(name), {1, nan}, {0, 0}).loss)) << name;
    EXPECT_TRUE(std::isnan(evaluate(*make_loss(name), {1, 0}, {nan, 0}).loss)) << name;
  }
  const Tensor images = make_tensor({1, 32, 32, 1}, nan), target = make_tensor({1, 32, 32, 1}, 0);
  for (const char* toml : {"kind = \"ssim\"", "kind = \"ms_ssim\"\nscales = 2"}) {
    EXPECT_TRUE(std::isnan(evaluate(*loss_of(toml), view(images), view(target)).loss)) << toml;
  }
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

TEST(Losses, AreMadeFromTheirRows) {
  expect_kinds_read_back<LossFamily>([](const Choice<LossFamily>& loss) {
    EXPECT_EQ(loss.make()->name(), loss.name());
    EXPECT_EQ(make_loss(loss.name())->name(), loss.name());
  });
}

TEST(Losses, AreListedForAWrongName) {
  EXPECT_THAT([] { make_loss("mea"); },
              testing::ThrowsMessage<InputError>(
                  "unknown loss \"mea\"; expected one of mse, mae, huber, charbonnier, "
                  "binary_crossentropy, ssim, ms_ssim"));
}

TEST(Losses, AgreeWithPyTorch) {
  for (const std::string name : {"mse", "binary_crossentropy", "binary_crossentropy_from_logits"}) {
    SCOPED_TRACE(name);
    const ReferenceCase c = reference_case(name);
    const auto [value, gradient] =
        evaluate(*make_loss(c.type), view(c.input), view(c.target), name.ends_with("from_logits"));
    EXPECT_NEAR(value, c.output.data()[0], 1e-6);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const Real expected = c.input_gradient.data()[i];
      EXPECT_NEAR(gradient.data()[i], expected, 1e-6 * (1 + std::abs(expected))) << i;
    }
  }
}

}  // namespace
}  // namespace adjoint
