#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "framework/settings/keys.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The [data.normalization] table of a config: the numbers in which a model sees its images.
struct NormalizationSpec {
  /// none: [0, 1]. standardize: each channel without the training set's mean, in units of its
  /// standard deviation. global_contrast: each image without its own mean, in units of its own
  /// norm, then scaled so that the training set fills [0, 1].
  std::string kind = "none";
  std::string norm = "l1";  // of global_contrast, or "l2"

  void keys(Keys& key);
};

/// Mean and contrast of an image, which global contrast normalization removes.
struct Contrast {
  double mean = 0;   // over all pixels and channels
  double scale = 1;  // l1: the mean of |x - mean|; l2: sqrt(sum (x - mean)^2) / count
};

/// The map from images in [0, 1] to what a model works on, and back:
///
///     y = ((x - contrast.mean) / contrast.scale - offset[channel]) / range[channel]
///
/// Offset and range are learned from clean training images, and kept in the checkpoint; the
/// contrast is that of the image that the model sees, also where its target is mapped, so that it
/// is known when the model's output is mapped back.
/// Source of global_contrast: Ruff et al., "Deep One-Class Classification" (ICML 2018), and its
/// code, whose l2 is divided by the count as above.
class Normalization {
 public:
  /// By name, as a checkpoint keeps them: "normalization/offset", "normalization/range",
  /// "normalization/contrast".
  using Numbers = std::map<std::string, std::vector<double>>;

  /// Normalization of kind "none".
  Normalization() = default;
  /// Restores a learned normalization. Throws InputError if something is missing.
  Normalization(const NormalizationSpec& spec, const Numbers& learned);

  /// Offset and range for every channel, and the typical contrast.
  Normalization(const NormalizationSpec& spec, std::vector<double> offset,
                std::vector<double> range, const Contrast& typical);

  /// Whether it changes images.
  bool any() const { return spec_.kind != "none"; }
  /// Contrast of one image (height, width, channels) in [0, 1]. An image of one value has scale 1.
  Contrast contrast(ConstView image) const;
  /// Mean contrast of the training set: it serves where there is no image, as when codes are
  /// decoded.
  const Contrast& typical() const { return typical_; }

  /// Maps an image, or several of one contrast, (..., channels), in place.
  void apply(const Contrast& contrast, View image) const;
  /// Maps back.
  void undo(const Contrast& contrast, View image) const;

  /// Correction in dB from the mean PSNR of normalized images to that of images in [0, 1]. Where
  /// channels have different ranges it counts with the root of their mean square.
  double psnr_shift(std::span<const Contrast> contrasts) const;

  Numbers learned() const;

 private:
  NormalizationSpec spec_;
  std::vector<double> offset_, range_;  // of each channel
  Contrast typical_;
};

}  // namespace adjoint
