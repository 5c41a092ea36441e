// How well a model does: figures of images, whatever numbers the model works in.

#include <gmock/gmock.h>

#include <cmath>

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/metrics/psnr.hpp"
#include "tests/support/layer_run.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::Each;
using testing::HasSubstr;

/// Two images of two channels, an output that is off by 0.1 and 0.2 in each of them, and a
/// normalization that measures the channels in units of 0.5 and 0.125.
class Scoring : public testing::Test {
 protected:
  Scoring() {
    for (Tensor* tensor : {&target_, &output_}) normalization_.apply(contrasts_, view(*tensor));
    batch_ = {.total = 2,
              .target = view(std::as_const(target_)),
              .input_image = view(std::as_const(seen_)),
              .target_image = view(std::as_const(clean_)),
              .normalization = &normalization_,
              .contrasts = contrasts_};
  }
  const Tensor clean_ = tensor_of({2, 1, 1, 2}, {0.2, 0.4, 0.6, 0.8});
  const Tensor seen_ = tensor_of({2, 1, 1, 2}, {0.2, 0.5, 0.7, 0.8});
  Tensor target_ = clean_, output_ = tensor_of({2, 1, 1, 2}, {0.3, 0.6, 0.7, 1.0});
  const Normalization normalization_{
      {.kind = NormalizationKind::standardize}, {0.25, 0.5}, {0.5, 0.125}, Contrast{}};
  const std::vector<Contrast> contrasts_ = std::vector<Contrast>(2);
  Batch batch_;
  ThreadPool pool_{2};
  const double psnr_ = -10 * std::log10((0.01 + 0.04) / 2);
};

TEST_F(Scoring, OfATrainingMeasuresTheImagesOfEachShard) {
  Scorer scorer(pool_);
  const std::span<const double> found = scorer.measure(batch_, view(output_), {}, 1);
  ASSERT_EQ(found.size(), Sharding::kDefault * Scorer::kMetrics);
  EXPECT_NEAR(found[Scorer::kPsnr], psnr_, 1e-4);
  EXPECT_NEAR(found[Scorer::kMetrics + Scorer::kPsnr], psnr_, 1e-4);
  EXPECT_THAT(found.subspan(2 * Scorer::kMetrics), Each(0.0));
}

TEST_F(Scoring, OfAnEvaluationComputesTheLossOfNormalizedNumbersAndAddsPenalties) {
  const MeanSquaredError mse;
  Scorer scorer(pool_, &mse, {metrics_named({"mae"})});
  scorer.add(batch_, view(output_), {}, 2, /*penalty=*/0.5);
  const Evaluation found = scorer.result();
  EXPECT_EQ(found.samples, 2);
  EXPECT_NEAR(found.loss, (0.2 * 0.2 + 1.6 * 1.6) / 2 + 0.5, 1e-5);
  EXPECT_NEAR(found.psnr, psnr_, 1e-4);
  EXPECT_NEAR(found.input_psnr, -10 * std::log10(0.01 / 2), 1e-4);
  EXPECT_NEAR(found.metrics.at(0), 0.15, 1e-6);
  EXPECT_NEAR(found.output.high, 1.0, 1e-6);
  EXPECT_NEAR(found.target.high, 0.8, 1e-6);
}

TEST(Scorer, AppliesTheActivationThatTheLossTookOver) {
  const BinaryCrossentropy crossentropy;
  ThreadPool pool(1);
  const Tensor target = tensor_of({1, 1, 1, 1}, {0.5});
  Tensor logit = tensor_of({1, 1, 1, 1}, {std::log(3.0F)});  // of 0.75
  Scorer scorer(pool, &crossentropy);
  scorer.add({.total = 1,
              .target = view(target),
              .input_image = view(target),
              .target_image = view(target)},
             view(logit), {Activation::Kind::sigmoid}, 1);
  EXPECT_NEAR(scorer.result().loss, -(std::log(0.75) + std::log(0.25)) / 2, 1e-6);
  EXPECT_NEAR(scorer.result().psnr, -20 * std::log10(0.25), 1e-4);
}

/// The engines of all convolutions of a plan.
std::vector<std::string> engines_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const Plan::Step& step : plan.steps())
    if (step.prepared) names.push_back(step.prepared->description());
  return names;
}

class Validation : public testing::Test {
 protected:
  Trainer trainer(const std::string& setting) {
    return Trainer(read_config_file(folder_.write("tiny.toml", kPlainConfig), {setting}),
                   RunFolder(folder_ / "run"), pool_);
  }
  TempFolder folder_;
  ThreadPool pool_{2};
};

TEST_F(Validation, UsesTheEngineOfTheTraining) {
  for (const std::string engine : {"reference", "gemm"}) {
    const Trainer training = trainer("training.engine=" + engine);
    const std::vector<std::string> names = engines_of(training.evaluator()->plan());
    EXPECT_EQ(names.size(), 2U);
    EXPECT_THAT(names, Each(HasSubstr(": " + engine)));
  }
}

TEST_F(Validation, UsesThePrecisionOfTheTraining) {
  const Trainer in_float = trainer("training.precision=float32");
  EXPECT_EQ(in_float.evaluator()->plan().request().convolution.precision, Precision::float32);
  if (!bf16_refusal().empty()) GTEST_SKIP() << bf16_refusal();
  const Trainer in_bf16 = trainer("training.precision=bf16");
  EXPECT_EQ(in_bf16.evaluator()->plan().request().convolution.precision, Precision::bf16);
}

TEST(Evaluator, RunsAPlanOfTheWantedPrecisionAndEngine) {
  Config config;
  parse_config(kPlainConfig, "tiny.toml", {"training.engine=reference", "training.precision=bf16"},
               config);
  const Model model = build_model(config.model, 3);
  const MeanSquaredError mse;
  ThreadPool pool(1);
  const Evaluator evaluator(
      model, mse, {.input = {16, 16, 1}, .convolution = convolution_options(config.training)},
      pool);
  EXPECT_EQ(evaluator.plan().request().convolution.precision, Precision::bf16);
  EXPECT_THAT(engines_of(evaluator.plan()), Each(HasSubstr(": reference")));
}

}  // namespace
}  // namespace adjoint
