#pragma once

#include <optional>

#include "framework/settings/keys.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The [augmentation] table of a config: how training images are varied, before anything corrupts
/// them. Validation images are not varied; they are cut to the same size, from the centre.
struct Augmentation {
  /// Size of a random part that stands for the image.
  std::optional<Extent2> random_crop;
  bool flip_horizontal = false;  // every second image, left for right
  bool flip_vertical = false;    // every second image, top for bottom
  bool rotate90 = false;         // by 0, 90, 180 or 270 degrees
  /// Up to so much is added, or taken away.
  double brightness = 0;
  /// Distances from middle gray are multiplied by 1 - contrast ... 1 + contrast.
  double contrast = 0;

  void keys(Keys& key);
  /// Whether it changes anything.
  bool any() const;
  /// The shape of an augmented image. Throws InputError if the crop is larger than the image, or
  /// what is to be rotated is no square.
  Shape output_shape(const Shape& image) const;
};

/// An image (height, width, channels) in [0, 1], varied: a pure function of the arguments, and the
/// same change for every image of one size. In kFixedEpoch nothing is random: a crop is the centre.
Tensor augmented(const Augmentation& augmentation, std::uint64_t seed, std::uint32_t epoch,
                 Index index, ConstView image);

}  // namespace adjoint
