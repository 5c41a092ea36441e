#include "datasets/normalization.hpp"

#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

// Below this an image counts as being of one value.
constexpr double kLeastScale = 1e-8;

std::vector<double> number(const Normalization::Numbers& numbers, const std::string& name) {
  const auto found = numbers.find("normalization/" + name);
  if (found == numbers.end()) {
    throw InputError(
        "data.normalization: the {} of the training images is missing; train with this "
        "normalization",
        name);
  }
  return found->second;
}

}  // namespace

void NormalizationSpec::keys(Keys& key) {
  key("kind", kind,
      "none keeps [0, 1]; standardize uses mean and standard deviation of the training set; "
      "global_contrast the mean and contrast of each image",
      one_of({"none", "standardize", "global_contrast"}));
  if (kind == "global_contrast")
    key("norm", norm, "norm of the centred image, by which it is divided", one_of({"l1", "l2"}));
}

Normalization::Normalization(const NormalizationSpec& spec, const Numbers& learned) : spec_(spec) {
  if (!any()) return;
  const std::vector<double> typical = number(learned, "contrast");
  offset_ = number(learned, "offset");
  range_ = number(learned, "range");
  if (typical.size() != 2 || offset_.empty() || offset_.size() != range_.size())
    throw InputError("data.normalization: the learned values are damaged");
  typical_ = {.mean = typical[0], .scale = typical[1]};
}

Normalization::Normalization(const NormalizationSpec& spec, std::vector<double> offset,
                             std::vector<double> range, const Contrast& typical)
    : spec_(spec), offset_(std::move(offset)), range_(std::move(range)), typical_(typical) {}

Normalization::Numbers Normalization::learned() const {
  if (!any()) return {};
  return {{"normalization/offset", offset_},
          {"normalization/range", range_},
          {"normalization/contrast", {typical_.mean, typical_.scale}}};
}

double Normalization::psnr_shift(std::span<const Contrast> contrasts) const {
  if (!any() || contrasts.empty()) return 0;
  double squares = 0, sum = 0;
  for (const double range : range_) squares += range * range;
  const double range = std::sqrt(squares / static_cast<double>(range_.size()));
  for (const Contrast& contrast : contrasts) sum -= 20 * std::log10(contrast.scale * range);
  return sum / static_cast<double>(contrasts.size());
}

Contrast Normalization::contrast(ConstView image) const {
  if (spec_.kind != "global_contrast") return {};
  const auto count = static_cast<double>(image.size());
  double sum = 0, absolute = 0, squares = 0;
  for (const Real x : image.flat()) sum += x;
  const double mean = sum / count;
  for (const Real x : image.flat()) {
    absolute += std::abs(x - mean);
    squares += (x - mean) * (x - mean);
  }
  const double scale = spec_.norm == "l1" ? absolute / count : std::sqrt(squares) / count;
  return {.mean = mean, .scale = scale < kLeastScale ? 1 : scale};
}

void Normalization::apply(const Contrast& contrast, View image) const {
  if (!any()) return;
  const std::size_t channels = offset_.size();
  for (std::size_t c = 0; c < channels; ++c) {
    const double range = contrast.scale * range_[c];
    const double offset = contrast.mean + contrast.scale * offset_[c];
    for (Index i = static_cast<Index>(c); i < image.size(); i += static_cast<Index>(channels))
      image[i] = static_cast<Real>((image[i] - offset) / range);
  }
}

void Normalization::undo(const Contrast& contrast, View image) const {
  if (!any()) return;
  const std::size_t channels = offset_.size();
  for (std::size_t c = 0; c < channels; ++c) {
    const double range = contrast.scale * range_[c];
    const double offset = contrast.mean + contrast.scale * offset_[c];
    for (Index i = static_cast<Index>(c); i < image.size(); i += static_cast<Index>(channels))
      image[i] = static_cast<Real>(image[i] * range + offset);
  }
}

}  // namespace adjoint
