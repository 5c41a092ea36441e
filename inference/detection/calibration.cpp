#include "inference/detection/calibration.hpp"

#include <algorithm>
#include <cmath>

#include "framework/parallel/message.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/residual.hpp"

namespace adjoint {
namespace {

const Check<double> kFinite{[](const double& value) { return std::isfinite(value); },
                            "a finite one"};

}  // namespace

void Calibration::keys(Keys& key) {
  settings.keys(key);
  key("threshold", threshold, "images with a higher score are flagged", kFinite);
  key("images", images, "number of defect-free images in the calibration");
  key("colour_scale", colour_scale, "residual that overlays show in full colour", kFinite);
  key("pixels", pixels, "mean number of pixels of these images; 0: not known", kFinite);
}

double threshold_of(std::vector<double> scores, double false_alarms) {
  const double count = static_cast<double>(scores.size());
  // Rounding must not ask for one more: (99 + 1) * (1 - 0.05) is 95.
  const double rank = std::ceil((count + 1) * (1 - false_alarms) - 1e-9);
  if (rank > count) {
    throw InputError(
        "a false-alarm rate of {} takes at least {} defect-free images to calibrate, and there are "
        "{}; name more with --calibrate, or a higher rate with --false-alarms",
        false_alarms, std::ceil(1 / false_alarms - 1 - 1e-9), scores.size());
  }
  const auto place = scores.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::ranges::nth_element(scores, place);
  return *place;
}

void Calibrator::add(std::span<const std::string> names, ConstView images, ConstView outputs) {
  const Shape sample = images.shape.sample();
  for (Index i = 0; i < images.shape[0]; ++i) {
    const Tensor residual = residual_map(settings_, images.slice(i, 1).reshaped(sample),
                                         outputs.slice(i, 1).reshaped(sample), normalization_);
    const double score = image_score(settings_, view(residual));
    if (!std::isfinite(score)) {
      throw InputError(
          "the image \"{}\" cannot be calibrated on: it has no finite score; does it hold numbers "
          "that are not finite?",
          names[static_cast<std::size_t>(i)]);
    }
    scores_.push_back(score);
    pixels_ += static_cast<double>(sample[0] * sample[1]);
    largest_ =
        std::max(largest_, static_cast<double>(*std::ranges::max_element(view(residual).flat())));
  }
}

Calibration Calibrator::finish(Ranks& ranks) {
  scores_ = gather_values(ranks, scores_);
  largest_ = std::ranges::max(gather_values(ranks, std::vector{largest_}));
  double pixels = 0;
  for (const double of_rank : gather_values(ranks, std::vector{pixels_})) pixels += of_rank;
  return {.settings = settings_,
          .threshold = threshold_of(scores_, settings_.false_alarms),
          .images = static_cast<Index>(scores_.size()),
          .colour_scale = largest_,
          .pixels = pixels / static_cast<double>(scores_.size())};
}

}  // namespace adjoint
