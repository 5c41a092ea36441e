#include "train/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/layers/batch_normalization.hpp"
#include "train/noisy_targets.hpp"

namespace adjoint {
namespace {

// Whatever begins at random is bad at first.
constexpr Index kFirstEpochs = 3;
// PSNR of images that are not corrupted: there is no input to be better than.
constexpr double kNoNoise = 99;
// Means over pixels and over images differ a little.
constexpr double kNearlyGray = 0.3;  // dB
constexpr double kGrowth = 1.5;
// An average that has seen so many times its own length is settled: e^-5 is left of its beginning.
constexpr double kSettled = 5;
constexpr double kFarBelowTraining = 2;  // dB
constexpr Index kFewSteps = 500;
// Less of the targets' range than that is covered, and more pixels than that are beyond.
constexpr double kNarrow = 0.75;
constexpr double kManyBeyond = 1e-3;

/// Learning rates that are usual.
struct UsualRates {
  double low, middle, high;
};
UsualRates usual_rates(const std::string& optimizer) {
  if (optimizer == "sgd") return {1e-4, 0.01, 2};
  return {1e-6, 1e-3, 0.03};
}

}  // namespace

Diagnosis::Diagnosis(const Config& config, Index batches)
    : setting_{.optimizer = std::string(config.optimizer.kind.name()),
               .learning_rate = config.optimizer.learning_rate(),
               .batches = batches,
               .ema_momentum = config.optimizer.use_ema
                                   ? std::optional(config.optimizer.ema_momentum)
                                   : std::nullopt,
               .noisy_references = has_noisy_references(config)} {
  for (const LayerSpec& layer : config.model.layers) {
    const auto* normalization = std::any_cast<BatchNormalization::Settings>(&layer.settings);
    if (normalization && layer.trainable)
      setting_.momentum = std::max(setting_.momentum.value_or(0), normalization->momentum);
  }
}

bool Diagnosis::average_unsettled(const EpochReport& report) const {
  const auto steps = static_cast<double>(report.epoch * setting_.batches);
  return setting_.ema_momentum && steps * (1 - *setting_.ema_momentum) < kSettled;
}

std::string Diagnosis::cause(const EpochReport& report) const {
  const Index steps = report.epoch * setting_.batches;
  if (average_unsettled(report)) {
    return fmt::format(
        "optimizer.use_ema validates a moving average of the weights that is not settled: "
        "ema_momentum = {} averages over {:.0f} steps, and there were {}; lower it, or train "
        "longer",
        *setting_.ema_momentum, 1 / (1 - *setting_.ema_momentum), steps);
  }
  if (setting_.momentum) {
    const double momentum = *setting_.momentum, seen = static_cast<double>(steps) * (1 - momentum);
    // Training normalizes by each batch itself and does well; validation has the averages alone.
    if (seen < kSettled && report.psnr &&
        *report.psnr > report.validation.psnr + kFarBelowTraining) {
      const double enough = 1 - 3 / static_cast<double>(std::max<Index>(setting_.batches, 4));
      return fmt::format(
          "the moving averages of BatchNormalization, with which it is validated and used, are not "
          "settled: momentum = {} averages over {:.0f} steps, and there were {} (training itself "
          "is at {:.2f} dB); set its momentum to {:.2g}, or train longer",
          momentum, 1 / (1 - std::min(momentum, 0.9999)), steps, *report.psnr,
          std::clamp(enough, 0.5, 0.9));
    }
  }
  const UsualRates usual = usual_rates(setting_.optimizer);
  if (setting_.learning_rate > usual.high || setting_.learning_rate < usual.low) {
    return fmt::format("optimizer.learning_rate = {} is unusually {} for {}; try {}",
                       setting_.learning_rate, setting_.learning_rate > usual.high ? "high" : "low",
                       setting_.optimizer, usual.middle);
  }
  if (steps < kFewSteps) {
    return fmt::format(
        "so few steps (as yet {}) may not be enough; train for more epochs or in smaller batches",
        steps);
  }
  return fmt::format(
      "a lower optimizer.learning_rate (now {}), more filters or a larger code may help",
      setting_.learning_rate);
}

std::vector<TrainingWarning> Diagnosis::look(const EpochReport& report) {
  std::vector<TrainingWarning> found;
  const bool last = report.epoch >= report.epochs;
  const Evaluation& at = report.validation;
  const bool compared = report.validated && at.has_reference;
  const bool early = report.epoch < kFirstEpochs || average_unsettled(report);
  if (compared && (!early || last)) {
    if (at.psnr < at.gray_psnr + kNearlyGray) {
      found.push_back(
          {"gray",
           fmt::format("after epoch {} validation PSNR is {:.2f} dB, and one gray value for "
                       "all pixels has {:.2f} dB: the model has learned next to nothing; {}",
                       report.epoch, at.psnr, at.gray_psnr, cause(report))});
    } else if (at.input_psnr < kNoNoise && at.psnr < at.input_psnr) {
      found.push_back(
          {"worse than its input",
           fmt::format("after epoch {} validation PSNR is {:.2f} dB, below the {:.2f} dB of the "
                       "input: the model makes images worse; {}",
                       report.epoch, at.psnr, at.input_psnr, cause(report))});
    }
  }
  if (lowest_loss_ && report.epoch >= kFirstEpochs && report.loss > kGrowth * *lowest_loss_) {
    found.push_back(
        {"growing loss", fmt::format("the training loss has grown from {:.4g} to {:.4g}; lower "
                                     "optimizer.learning_rate (now {})",
                                     *lowest_loss_, report.loss, setting_.learning_rate)});
  }
  lowest_loss_ = std::min(lowest_loss_.value_or(report.loss), report.loss);

  const double made = at.output.high - at.output.low, wanted = at.target.high - at.target.low;
  const bool late = report.epoch >= kFirstEpochs && 2 * report.epoch >= report.epochs;
  if (compared && !setting_.noisy_references && late && found.empty() && made < kNarrow * wanted &&
      at.beyond > kManyBeyond) {
    found.push_back(
        {"range",
         fmt::format("the outputs stay between {:.2f} and {:.2f}, the targets reach from "
                     "{:.2f} to {:.2f}: {:.2g} % of their pixels are beyond what the model "
                     "makes; what is rare is learned last: train longer, or with more "
                     "filters or a larger code",
                     at.output.low, at.output.high, at.target.low, at.target.high,
                     100 * at.beyond)});
  }
  return found;
}

}  // namespace adjoint
