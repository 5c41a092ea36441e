#include "train/noisy_targets.hpp"

#include <fmt/ranges.h>

#include "datasets/sources/concatenation.hpp"
#include "datasets/sources/pairs_dataset.hpp"
#include "framework/losses/masked_loss.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

void check_two_noisy_versions(const Config& config, Keys& key) {
  const bool corrupts = !config.corruptions.empty();
  const bool pairs = config.data.source.as<PairsSource>();
  if (!corrupts && !pairs && !config.data.source.as<PartsSource>()) {
    key.reject("training",
               "target = \"noise2noise\" needs two noisy versions of each image, and there is one; "
               "add the [[corruption]] that makes the noise, or take data.source = \"pairs\": two "
               "folders of noisy images of the same scenes; with one noisy image a scene, take "
               "target = \"noise2void\"");
  } else if (corrupts && pairs) {
    key.reject("training",
               "target = \"noise2noise\" needs two noisy versions of each image, and there are two "
               "ways to make them, data.source = \"pairs\" and [[corruption]]; leave one out");
  }
}

bool is_elementwise(const Choice<LossFamily>& kind) {
  return Choice(kind.kind()).make()->elementwise();
}

void check_elementwise_loss(const LossSettings& loss, Keys& key) {
  std::vector<Choice<LossFamily>> kinds;
  for (const LossTerm& term : loss.terms) kinds.push_back(term.kind);
  if (kinds.empty()) kinds.push_back(loss.kind);
  std::vector<std::string> fitting;
  for (const Kind<LossFamily>& kind : LossFamily::kinds())
    if (is_elementwise(Choice(kind))) fitting.emplace_back(kind.name);
  for (const Choice<LossFamily>& kind : kinds) {
    if (is_elementwise(kind)) continue;
    key.reject("loss",
               fmt::format("training.target = \"noise2void\" counts single pixels, and this "
                           "loss compares whole images; expected one of {}; got \"{}\"; "
                           "take another loss, or another target",
                           fmt::join(fitting, ", "), kind.name()));
  }
}

}  // namespace

void check_target(const Config& config, Keys& key) {
  const TargetKind kind = config.training.target.kind;
  if (kind == TargetKind::noise2noise) check_two_noisy_versions(config, key);
  if (kind == TargetKind::noise2void) check_elementwise_loss(config.loss, key);
}

std::unique_ptr<Loss> loss_of_training(const Config& config) {
  std::unique_ptr<Loss> loss = make_loss(config.loss);
  if (config.training.target.kind != TargetKind::noise2void) return loss;
  return std::make_unique<MaskedLoss>(std::move(loss));
}

Target judging_target(const Config& config, const std::vector<CorruptionSpec>& corruptions,
                      const Dataset& images) {
  const bool has_reference = !corruptions.empty() || images.paired();
  const bool blind = config.training.target.kind == TargetKind::noise2void && !has_reference;
  return blind ? config.training.target : Target{};
}

Target validation_target(const Config& config, const Dataset& images) {
  const Target target = judging_target(config, config.corruptions, images);
  if (target.kind == TargetKind::clean || config.training.metrics.empty()) return target;
  throw InputError(
      "training.metrics: only noisy images are there, and {} compares with clean ones; leave it "
      "out, or add the noise to clean images with a [[corruption]]",
      fmt::join(config.training.metrics, ", "));
}

bool has_noisy_references(const Config& config) {
  return config.training.target.kind == TargetKind::noise2noise && config.corruptions.empty();
}

}  // namespace adjoint
