#include "inference/images/log_likelihood.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "datasets/formats/npy.hpp"
#include "framework/losses/loss_settings.hpp"
#include "framework/tensor/error.hpp"
#include "tests/train/program.hpp"
#include "train/evaluate_model.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// One code number z, three pixels: mean = m . x + m0, log variance = v . x + v0, logits = w z + b.
const std::string kOneNumber = R"(name = "one"
seed = 3
[data]
source = "synthetic"
size = 8
count = 20
validation = 0.25
[model]
input = [1, 3, 1]
latent = "code"
[[model.layer]]
name = "flat"
type = "Flatten"
[[model.layer]]
name = "mean"
type = "Dense"
units = 1
[[model.layer]]
name = "log_variance"
type = "Dense"
inputs = ["flat"]
units = 1
[[model.layer]]
name = "code"
type = "Sampling"
inputs = ["mean", "log_variance"]
[[model.layer]]
name = "logits"
type = "Dense"
units = 3
[[model.layer]]
type = "Reshape"
target_shape = [1, 3, 1]
activation = "sigmoid"
[loss]
kind = "binary_crossentropy"
)";

struct Weights {
  std::vector<Real> m{0, 0, 0}, m0{0}, v{0, 0, 0}, v0{0}, w{0, 0, 0}, b{0, 0, 0};
};

/// x log p + (1 - x) log(1 - p), summed over the pixels, of logits w z + b.
double log_p_given(const Weights& weights, const std::vector<Real>& x, double z) {
  double nats = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double logit = static_cast<double>(weights.w[i]) * z + weights.b[i];
    nats -= std::log1p(std::exp(-logit)) + (1 - static_cast<double>(x[i])) * logit;
  }
  return nats;
}

double log_normal(double z, double mean, double log_variance) {
  return -(std::log(2 * std::numbers::pi) + log_variance +
           (z - mean) * (z - mean) / std::exp(log_variance)) /
         2;
}

template <class Function>
double integral(Function f) {
  constexpr double kStep = 1e-3;
  double sum = 0;
  for (int i = -12000; i <= 12000; ++i) sum += f(i * kStep);
  return sum * kStep;
}

/// log p(x) and the evidence lower bound, integrated over z.
struct Exact {
  double log_p, elbo;
};
Exact exact(const Weights& weights, const std::vector<Real>& x) {
  double mean = weights.m0[0], v = weights.v0[0];
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean += static_cast<double>(weights.m[i]) * x[i];
    v += static_cast<double>(weights.v[i]) * x[i];
  }
  return {std::log(integral([&](double z) {
            return std::exp(log_p_given(weights, x, z) + log_normal(z, 0, 0));
          })),
          integral([&](double z) {
            return std::exp(log_normal(z, mean, v)) *
                   (log_p_given(weights, x, z) + log_normal(z, 0, 0) - log_normal(z, mean, v));
          })};
}

class LogLikelihoodTest : public Program {
 protected:
  /// Saves the model of one number with those weights, each in its layer's order.
  std::string save(const Weights& weights, const std::string& text = kOneNumber) {
    Config config;
    parse_config(text, "tiny.toml", {}, config);
    Model model = build_model(config.model, 3);
    const std::vector<const std::vector<Real>*> all{&weights.m,  &weights.m0, &weights.v,
                                                    &weights.v0, &weights.w,  &weights.b};
    EXPECT_EQ(model.parameters().size(), all.size());
    for (std::size_t p = 0; p < all.size(); ++p) {
      EXPECT_EQ(model.parameters()[p].value.size(), all[p]->size());
      std::ranges::copy(*all[p], model.parameters()[p].value.begin());
    }
    const std::string path = folder_ / "model.h5";
    save_checkpoint(path, model, {.config = write_config(config)});
    return path;
  }
  /// The estimate of some images of three pixels, numbered from `first` on.
  LogLikelihood estimate(const std::vector<std::vector<Real>>& images, Index samples,
                         int threads = 1, Index first = 0) {
    ThreadPool pool(threads);
    const ImageModel model(folder_ / "model.h5", pool);
    LogLikelihoodEstimator estimator(model, *loss_, samples, pool);
    for (const std::vector<Real>& x : images) {
      const ConstView image(x.data(), {1, 1, 3, 1});
      estimator.add(image, image, first++);
    }
    return estimator.result();
  }
  auto refusal(const std::string& text, const std::string& loss = "binary_crossentropy") {
    save_untrained(folder_ / "other.h5", text);
    return [this, loss = std::shared_ptr<Loss>(make_loss(loss))] {
      ThreadPool pool(1);
      const ImageModel model(folder_ / "other.h5", pool);
      LogLikelihoodEstimator(model, *loss, 1, pool);
    };
  }

  std::unique_ptr<Loss> loss_ = make_loss("binary_crossentropy");
  /// The code says much about the pixels, and the encoder is wider than the posterior.
  const Weights weights_{.m = {0.6F, -0.5F, 0.3F},
                         .m0 = {-0.6F},
                         .v = {-0.2F, 0.1F, 0},
                         .v0 = {0.3F},
                         .w = {1.5F, -1, 0.5F},
                         .b = {0.2F, -0.4F, 1}};
  const std::vector<Real> x_{1, 0, 0.25F};
};

TEST_F(LogLikelihoodTest, IsExactAtAnyKWhereTheCodeSaysNothing) {
  // q(z|x) = p(z), and pixels of probability 0.5, 0.8 and 0.1 whatever the code.
  save({.b = {0, std::log(4.0F), -std::log(9.0F)}});
  const double log_p = std::log(0.5) + std::log(0.8) + 0.25 * std::log(0.1) + 0.75 * std::log(0.9);
  for (const Index samples : {1, 2, 63, 64, 65, 1000}) {
    const LogLikelihood found = estimate({{1, 1, 0.25F}}, samples);
    EXPECT_NEAR(found.log_p, log_p, 1e-6);
    EXPECT_NEAR(found.elbo, log_p, 1e-6);
    EXPECT_EQ(found.images, 1);
    EXPECT_EQ(found.samples, samples);
    EXPECT_TRUE(std::isnan(found.log_p_error));
  }
}

TEST_F(LogLikelihoodTest, LosesNothingWhereProbabilitiesUnderflow) {
  save({.b = {500, 500, 500}});
  EXPECT_NEAR(estimate({{0, 0, 0}}, 100).log_p, -1500, 1e-6);
}

TEST_F(LogLikelihoodTest, AgreesWithAnIntegralOverTheCode) {
  save(weights_);
  for (const std::vector<Real>& x : {x_, {0, 1, 1}, {1, 1, 0}}) {
    const Exact expected = exact(weights_, x);
    const LogLikelihood found = estimate({x}, 20000);
    // Their standard deviations are those of the weights, in units of their mean, 0.51 here, and of
    // the weights' logarithms, 0.98, over sqrt(20000).
    EXPECT_NEAR(found.log_p, expected.log_p, 0.015);
    EXPECT_NEAR(found.elbo, expected.elbo, 0.03);
    EXPECT_GT(expected.log_p, expected.elbo + 0.2);  // telling one from the other
  }
}

TEST_F(LogLikelihoodTest, GrowsTighterWithMoreSamplesAndNeverPassesLogP) {
  Weights wide = weights_;
  wide.v0 = {1};
  save(wide);
  const std::vector<std::vector<Real>> images(400, x_);
  const Exact expected = exact(wide, x_);
  double before = expected.elbo - 0.2;
  for (const Index samples : {1, 4, 16, 256}) {
    const LogLikelihood found = estimate(images, samples);
    EXPECT_GT(found.log_p, before + 0.02) << samples;
    EXPECT_LT(found.log_p, expected.log_p + 3 * found.log_p_error) << samples;
    EXPECT_NEAR(found.elbo, expected.elbo, 4 * found.elbo_error) << samples;
    if (samples == 1) {
      EXPECT_EQ(found.log_p, found.elbo);
    }
    before = samples == 16 ? expected.log_p - 0.05 : found.log_p;
  }
}

TEST_F(LogLikelihoodTest, GivesTheStandardErrorOverImages) {
  save({.b = {1, 1, 1}});  // log p(x) is exact, and 1 nat more for each pixel of 1 than of 0
  const LogLikelihood found = estimate({{0, 0, 0}, {1, 0, 0}, {1, 1, 1}, {1, 1, 1}}, 3);
  const double none = -3 * std::log1p(std::exp(1.0));
  EXPECT_NEAR(found.log_p, none + (0 + 1 + 3 + 3) / 4.0, 1e-6);
  // The variance of 0, 1, 3, 3 is 2.25.
  EXPECT_NEAR(found.log_p_error, std::sqrt(2.25 / 4), 1e-6);
  EXPECT_NEAR(found.elbo_error, std::sqrt(2.25 / 4), 1e-6);
}

TEST_F(LogLikelihoodTest, IsTheSameBitsAtAnyNumberOfThreads) {
  save(weights_);
  const std::vector<std::vector<Real>> images{x_, {0, 1, 1}, {1, 1, 0}};
  const LogLikelihood one = estimate(images, 150);
  for (const int threads : {2, 5}) {
    const LogLikelihood found = estimate(images, 150, threads);
    EXPECT_EQ(found.log_p, one.log_p);
    EXPECT_EQ(found.log_p_error, one.log_p_error);
    EXPECT_EQ(found.elbo, one.elbo);
  }
  EXPECT_NE(estimate(images, 150, 1, 7).log_p, one.log_p);  // other images have other samples
}

TEST_F(LogLikelihoodTest, RefusesModelsWithoutALikelihood) {
  EXPECT_THAT(refusal(kOneNumber, "mse"),
              ThrowsMessage<InputError>(AllOf(HasSubstr("expected loss.kind"), HasSubstr("\"mse\""),
                                              HasSubstr("binary_crossentropy"))));
  EXPECT_THAT(refusal(kPlainConfig), ThrowsMessage<InputError>(AllOf(
                                         HasSubstr("\"enc1\""), HasSubstr("a Sampling layer"))));
  EXPECT_THAT(refusal(with(kOneNumber, "\"log_variance\"]",
                           "\"log_variance\"]\nactivation = "
                           "\"tanh\"")),
              ThrowsMessage<InputError>(AllOf(HasSubstr("\"code\""), HasSubstr("activation"))));
  const std::string second = R"([[model.layer]]
name = "first"
type = "Sampling"
inputs = ["mean", "log_variance"]
[[model.layer]]
name = "code")";
  EXPECT_THAT(refusal(with(kOneNumber, "[[model.layer]]\nname = \"code\"", second)),
              ThrowsMessage<InputError>(AllOf(HasSubstr("\"first\""), HasSubstr("\"code\""))));
}

TEST_F(LogLikelihoodTest, IsPrintedByEvaluate) {
  save(weights_);
  Tensor images = make_tensor({3, 1, 3, 1});
  std::ranges::copy(std::vector<Real>{1, 0, 0.25F, 0, 1, 1, 1, 1, 0}, images.begin());
  write_npy(folder_ / "in.npy", view(images));
  const LogLikelihood expected = estimate({x_, {0, 1, 1}, {1, 1, 0}}, 150);
  const std::vector<std::string> command{"evaluate", "model.h5", "in.npy", "--importance-samples",
                                         "150"};
  const nlohmann::json found = json_of(command);
  EXPECT_EQ(found.at("images"), 3);
  EXPECT_EQ(found.at("importance_samples"), 150);
  EXPECT_EQ(found.at("log_likelihood"), expected.log_p);
  EXPECT_EQ(found.at("log_likelihood_standard_error"), expected.log_p_error);
  EXPECT_EQ(found.at("elbo"), expected.elbo);
  EXPECT_EQ(found.at("elbo_standard_error"), expected.elbo_error);
  EXPECT_THAT(adjoint_ok(command).out,
              AllOf(HasSubstr("\nlog p(x)    -"), HasSubstr("(150 importance samples)"),
                    HasSubstr("\nELBO        -"), HasSubstr(" nats an image")));
  const nlohmann::json plain = json_of({"evaluate", "model.h5", "in.npy"});
  EXPECT_FALSE(plain.contains("log_likelihood"));
  EXPECT_EQ(plain.at("loss"), found.at("loss"));
}

TEST_F(LogLikelihoodTest, OfValidationDataIsThatOfItsImages) {
  const std::string config =
      with(with(with(with(kOneNumber, "[1, 3, 1]", "[8, 8, 1]"), "[1, 3, 1]", "[8, 8, 1]"),
                "units = 3", "units = 64"),
           "kind = \"binary_crossentropy\"\n",
           "kind = \"binary_crossentropy\"\n[training]\nepochs = 1\nbatch_size = 3\n");
  folder_.write("config.toml", config);
  adjoint_ok({"train", "config.toml", "--out", "run"});
  // Batches of 3 and 2.
  const std::vector<std::string> command{"evaluate", "run", "--importance-samples", "20"};
  const nlohmann::json found = json_of(command);
  EXPECT_EQ(found.at("images"), 5);
  auto in_one_batch = with(config, "batch_size = 3", "batch_size = 20");
  ThreadPool pool(1);
  TrainedModel trained = TrainedModel::load(folder_ / "run");
  trained.checkpoint.config = in_one_batch;
  const Evaluation one = evaluate_on_validation_data(ImageModel(std::move(trained), pool), {}, pool,
                                                     alone(), {.importance_samples = 20});
  EXPECT_EQ(found.at("log_likelihood"), one.log_likelihood->log_p);
  EXPECT_EQ(found.at("elbo"), one.log_likelihood->elbo);
  EXPECT_THAT(message({"evaluate", "run", "--importance-samples", "0"}, 2),
              AllOf(HasSubstr("--importance-samples 0"), HasSubstr("between 1 and")));
  save_untrained(folder_ / "plain.h5", kPlainConfig);
  EXPECT_THAT(message({"evaluate", "plain.h5", "--importance-samples", "5"}, 2),
              HasSubstr("a Sampling layer"));
}

}  // namespace
}  // namespace adjoint
