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

Calibrator::Examined Calibrator::examine(ConstView image, ConstView output) const {
  const Tensor residual = residual_map(settings_, image, output, normalization_);
  return {.score = image_score(settings_, view(residual)),
          .largest = *std::ranges::max_element(view(residual).flat()),
          .pixels = static_cast<double>(image.shape[0] * image.shape[1])};
}

void Calibrator::add(const std::string& name, const Examined& examined) {
  if (!std::isfinite(examined.score)) {
    throw InputError(
        "the image \"{}\" cannot be calibrated on: it has no finite score; does it hold numbers "
        "that are not finite?",
        name);
  }
  names_.push_back(name);
  scores_.push_back(examined.score);
  pixels_ += examined.pixels;
  largest_ = std::max(largest_, examined.largest);
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
