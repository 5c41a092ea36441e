#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// One of the eight flips and rotations of an image: it is transposed, then flipped vertically,
/// then flipped horizontally, each if its field says so. The default changes nothing.
struct Symmetry {
  bool transpose = false;        // exchanges rows and columns
  bool flip_vertical = false;    // turns the image upside down
  bool flip_horizontal = false;  // exchanges left and right
  bool operator==(const Symmetry&) const = default;

  /// The shape of a transformed image (height, width, channels), or of a batch of them.
  Shape output_shape(Shape images) const {
    if (transpose) std::swap(images[-3], images[-2]);
    return images;
  }
};

/// All symmetries that change images of this size, and the identity, which comes first: eight with
/// `transposes`, four without. A flip along an axis of one pixel is left out.
std::vector<Symmetry> symmetries_of(Index height, Index width, bool transposes);

/// Transforms an image (height, width, channels), or a batch of them, into `output`, of
/// output_shape().
void apply(const Symmetry& symmetry, ConstView images, View output);

/// Undoes apply(): restores the images from its output.
void apply_inverse(const Symmetry& symmetry, ConstView output, View images);

}  // namespace adjoint
