#pragma once

#include <optional>

#include "framework/graph/model.hpp"

namespace adjoint {

/// The sizes of images that a model takes and makes. Height and width do not depend on each other.
class ImageSizes {
 public:
  /// The model must outlive this object.
  explicit ImageSizes(const Model& model);

  /// Output pixels for each input pixel, along height and width: 1, or more if the model enlarges.
  const Extent2& scale() const { return scale_; }
  /// The smallest size of at least `size` from which the model makes an image of that size, or of
  /// scale() times that. Throws InputError if there is none.
  Extent2 allowed(const Extent2& size) const;
  /// The size of the images that have codes of this shape at node `latent`: `output` is the size
  /// that is wanted of the decoded images; unset: the model's own, or the largest that there is.
  /// Throws InputError if no image has such codes.
  Extent2 of_codes(Index latent, const Shape& code, std::optional<Extent2> output) const;

 private:
  Index channels() const { return model_.input_shape().back(); }
  Shape sample(const Extent2& size) const { return {size.h, size.w, channels()}; }
  bool fits(const Extent2& size) const;
  Index fitting_square() const;

  const Model& model_;
  Extent2 scale_;
};

}  // namespace adjoint
