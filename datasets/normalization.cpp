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
      "global_contrast the mean and contrast of each image");
  if (kind == NormalizationKind::global_contrast)
    key("norm", norm, "norm of the centred image, by which it is divided");
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

Contrast Normalization::contrast(ConstView image) const {
  return contrast(image.data, image.size(), 1);
}

/// The contrast of every `step`-th number of an image: of one channel, if `step` is how many there
/// are.
Contrast Normalization::contrast(const Real* numbers, Index count, Index step) const {
  if (spec_.kind != NormalizationKind::global_contrast) return {};
  const auto size = static_cast<double>(count);
  double sum = 0, absolute = 0, squares = 0;
  for (Index i = 0; i < count; ++i) sum += numbers[i * step];
  const double mean = sum / size;
  for (Index i = 0; i < count; ++i) {
    const double x = numbers[i * step];
    absolute += std::abs(x - mean);
    squares += (x - mean) * (x - mean);
  }
  const double scale = spec_.norm == ContrastNorm::l1 ? absolute / size : std::sqrt(squares) / size;
  return {.mean = mean, .scale = scale < kLeastScale ? 1 : scale};
}

std::vector<Contrast> Normalization::contrasts(ConstView images) const {
  std::vector<Contrast> contrasts;
  if (!any()) return contrasts;
  const Index own = offset_.size() == 1 ? images.shape.back() : 1;
  for (Index i = 0; i < images.shape[0]; ++i) {
    const ConstView image = images.slice(i, 1);
    for (Index c = 0; c < own; ++c)
      contrasts.push_back(contrast(image.data + c, image.size() / own, own));
  }
  return contrasts;
}

template <class Map>
void Normalization::map(std::span<const Contrast> contrasts, View images, Map map) const {
  if (!any() || contrasts.empty()) return;
  const Index channels = images.shape.back(), count = images.shape[0];
  const Index size = images.shape.sample().size();
  const Index own = static_cast<Index>(contrasts.size()) / count;
  for (Index c = 0; c < channels; ++c) {
    const std::size_t channel = static_cast<std::size_t>(c) % offset_.size();
    for (Index n = 0; n < count; ++n) {
      const Contrast& contrast = contrasts[static_cast<std::size_t>(n * own + c % own)];
      const double range = contrast.scale * range_[channel];
      const double offset = contrast.mean + contrast.scale * offset_[channel];
      for (Index i = n * size + c; i < (n + 1) * size; i += channels)
        images[i] = static_cast<Real>(map(images[i], offset, range));
    }
  }
}

void Normalization::apply(std::span<const Contrast> contrasts, View images) const {
  map(contrasts, images,
      [](double x, double offset, double range) { return (x - offset) / range; });
}

void Normalization::undo(std::span<const Contrast> contrasts, View images) const {
  map(contrasts, images, [](double y, double offset, double range) { return y * range + offset; });
}

}  // namespace adjoint
