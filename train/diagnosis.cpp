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

// A denoiser that gains less does little; an input better than that leaves little to gain.
constexpr double kLittleGain = 0.5, kGoodInput = 35;  // dB
constexpr double kFlat = 0.01;
// A larger share of the code's channels tells nothing.
constexpr double kManyDead = 0.5;
// The validation loss has risen by so much, so many epochs ago, while that of training fell.
constexpr double kRisen = 1.05, kFallen = 0.97;
constexpr Index kLongAgo = 5;
constexpr double kMostWaiting = 0.5, kNoticedWaiting = 5;  // share of an epoch, seconds

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
  if (config.data.source && config.data.source.kind().traits.cached)
    setting_.cache_mb = config.data.cache_mb;
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

bool Diagnosis::does_little(const Evaluation& at) {
  return at.psnr < at.gray_psnr + kNearlyGray ||
         (at.input_psnr < kNoNoise && at.psnr < at.input_psnr + kLittleGain);
}

std::optional<TrainingWarning> Diagnosis::quality(const EpochReport& report) const {
  const Evaluation& at = report.validation;
  const bool last = report.epoch >= report.epochs;
  const bool early = report.epoch < kFirstEpochs || average_unsettled(report);
  if (!report.validated || !at.has_reference || (early && !last)) return std::nullopt;
  if (at.psnr < at.gray_psnr + kNearlyGray) {
    return TrainingWarning{
        "gray", fmt::format("after epoch {} validation PSNR is {:.2f} dB, and one gray value for "
                            "all pixels has {:.2f} dB: the model has learned next to nothing; {}",
                            report.epoch, at.psnr, at.gray_psnr, cause(report))};
  }
  if (at.input_psnr >= kNoNoise) return std::nullopt;  // there is no input to be better than
  if (at.psnr < at.input_psnr) {
    return TrainingWarning{
        "worse than its input",
        fmt::format("after epoch {} validation PSNR is {:.2f} dB, below the {:.2f} dB of the "
                    "input: the model makes images worse; {}",
                    report.epoch, at.psnr, at.input_psnr, cause(report))};
  }
  const bool late = 2 * report.epoch >= report.epochs;
  if (!early && late && at.input_psnr < kGoodInput && at.psnr < at.input_psnr + kLittleGain) {
    return TrainingWarning{
        "hardly better than its input",
        fmt::format(
            "after epoch {} validation PSNR is {:.2f} dB, hardly above the {:.2f} dB of the "
            "input: most of the corruption stays; {}",
            report.epoch, at.psnr, at.input_psnr, cause(report))};
  }
  return std::nullopt;
}

std::optional<TrainingWarning> Diagnosis::dead_code(const EpochReport& report) const {
  if (!report.code || report.epoch < kFirstEpochs || average_unsettled(report)) return std::nullopt;
  const CodeUse& code = *report.code;
  if (static_cast<double>(code.dead) < kManyDead * static_cast<double>(code.units))
    return std::nullopt;
  const bool all = code.dead == code.units;
  return TrainingWarning{
      "dead code",
      fmt::format(
          "{} of the {} channels of the code (layer {}) are the same in all of the first {} "
          "validation images: {}. A lower optimizer.learning_rate (now {}) or activation = "
          "\"leaky_relu\" before it keeps channels alive; `adjoint inspect --activations IMAGE` "
          "shows where they die",
          code.dead, code.units, code.layer, code.images,
          all ? "the decoder learns nothing of the image from it"
              : fmt::format("a code of {} would hold as much", code.units - code.dead),
          setting_.learning_rate)};
}

std::optional<TrainingWarning> Diagnosis::flat_loss(const EpochReport& report) const {
  // A model that does well may begin with a low loss: it was trained before.
  const bool judged = report.validated && report.validation.has_reference;
  if (!first_loss_ || report.epoch < kFirstEpochs || !judged || !does_little(report.validation) ||
      std::abs(report.loss - *first_loss_) > kFlat * *first_loss_)
    return std::nullopt;
  return TrainingWarning{
      "flat loss",
      fmt::format(
          "the training loss has not changed since the first epoch (it was {:.4g} and is "
          "{:.4g}): the weights hardly move, or nothing that they change reaches the output; "
          "see optimizer.learning_rate (now {}), frozen layers and activations that are 0 "
          "everywhere (`adjoint inspect` shows dead kernels)",
          *first_loss_, report.loss, setting_.learning_rate)};
}

std::optional<TrainingWarning> Diagnosis::overfitting(const EpochReport& report) {
  if (!report.validated || average_unsettled(report)) return std::nullopt;
  const double loss = report.validation.loss;
  if (!best_ || loss < best_->validation_loss) {
    best_ = {report.epoch, loss, report.loss};
    return std::nullopt;
  }
  // Losses below 0 (a penalty may be negative) have no ratio.
  if (report.epoch < best_->epoch + kLongAgo || best_->validation_loss <= 0 ||
      loss < kRisen * best_->validation_loss || report.loss > kFallen * best_->loss)
    return std::nullopt;
  return TrainingWarning{
      "over-fitting",
      fmt::format(
          "the validation loss was lowest after epoch {} ({:.4g}) and is {:.4g} now, while "
          "the training loss fell from {:.4g} to {:.4g}: the model learns its training images "
          "by heart; best.h5 keeps epoch {}. More images, [augmentation] or fewer filters "
          "help, and training.patience = {} stops in time",
          best_->epoch, best_->validation_loss, loss, best_->loss, report.loss, best_->epoch,
          kLongAgo)};
}

std::optional<TrainingWarning> Diagnosis::slow_reading(const EpochReport& report) {
  const double seconds = report.seconds - seconds_;
  seconds_ = report.seconds;
  // The first epoch reads what later ones find in memory.
  if (report.epoch < 2 || report.loader_wait < kMostWaiting ||
      report.loader_wait * seconds < kNoticedWaiting)
    return std::nullopt;
  const std::string remedy =
      setting_.cache_mb
          ? fmt::format(
                "images that are not in memory are decoded for each sample anew: raise "
                "data.cache_mb (now {}) as far as the memory allows, take fewer of them "
                "(data.limit), or store smaller ones",
                *setting_.cache_mb)
          : "store them on a faster disk, or corrupt and augment them less";
  return TrainingWarning{
      "waiting for images",
      fmt::format("epoch {} waited for images {:.0f} % of its {:.0f} seconds; {}", report.epoch,
                  100 * report.loader_wait, seconds, remedy)};
}

std::vector<TrainingWarning> Diagnosis::look(const EpochReport& report) {
  std::vector<TrainingWarning> found;
  const auto add = [&](std::optional<TrainingWarning> warning) {
    if (warning) found.push_back(std::move(*warning));
  };
  const Evaluation& at = report.validation;
  const bool compared = report.validated && at.has_reference;
  add(quality(report));
  add(dead_code(report));
  add(flat_loss(report));
  if (!first_loss_) first_loss_ = report.loss;
  add(overfitting(report));
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
  add(slow_reading(report));
  return found;
}

}  // namespace adjoint
