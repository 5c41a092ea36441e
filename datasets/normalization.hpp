#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/settings/keys.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// How images are normalized.
enum class NormalizationKind { none, standardize, global_contrast };
constexpr std::array<std::string_view, 3> config_names(NormalizationKind) {
  return {"none", "standardize", "global_contrast"};
}
/// Norm by which global_contrast divides an image.
enum class ContrastNorm { l1, l2 };
constexpr std::array<std::string_view, 2> config_names(ContrastNorm) {
  return {"l1", "l2"};
}

/// The [data.normalization] table of a config: the numbers in which a model sees its images.
struct NormalizationSpec {
  /// none: [0, 1]. standardize: each channel without the training set's mean, in units of its
  /// standard deviation. global_contrast: each image without its own mean, in units of its own
  /// norm, then scaled so that the training set fills [0, 1].
  NormalizationKind kind = NormalizationKind::none;
  ContrastNorm norm = ContrastNorm::l1;  // of global_contrast

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
  bool any() const { return spec_.kind != NormalizationKind::none; }
  /// The contrast of an image (height, width, channels) in [0, 1], the model's input. An image of
  /// one value has scale 1.
  Contrast contrast(ConstView image) const;
  /// The contrast of each image of a batch (n, height, width, channels), in order; for a model of
  /// one channel, which takes the channels of a colour image one by one, that of each channel.
  /// Empty if nothing is normalized.
  std::vector<Contrast> contrasts(ConstView images) const;
  /// The training set's mean contrast, for images that are decoded from codes alone.
  const Contrast& typical() const { return typical_; }

  /// Maps images (n, ..., channels) in place, with contrasts as contrasts() gives them.
  void apply(std::span<const Contrast> contrasts, View images) const;
  /// Maps back.
  void undo(std::span<const Contrast> contrasts, View images) const;
  /// The same for an image, or several of one contrast, (..., channels).
  void apply(const Contrast& contrast, View image) const { apply({&contrast, 1}, as_one(image)); }
  void undo(const Contrast& contrast, View image) const { undo({&contrast, 1}, as_one(image)); }

  Numbers learned() const;

 private:
  static View as_one(View images) { return images.reshaped(images.shape.batched(1)); }
  Contrast contrast(const Real* numbers, Index count, Index step) const;
  template <class Map>
  void map(std::span<const Contrast> contrasts, View images, Map map) const;

  NormalizationSpec spec_;
  std::vector<double> offset_, range_;  // of each channel
  Contrast typical_;
};

}  // namespace adjoint
