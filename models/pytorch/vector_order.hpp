#pragma once

#include <optional>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// The order of the numbers of vectors that come from images or become images. PyTorch flattens an
/// image channel by channel (C, H, W) and Adjoint pixel by pixel (H, W, C), so that a Dense layer
/// beside a Flatten has its rows in another order there. A vector keeps our order where PyTorch's
/// would be seen: as input or output of the model, in a concatenation, or where two images of
/// different shapes meet.
///
/// For each node the image (H, W, C) whose channels come first in PyTorch; nothing where the order
/// is ours. `shapes` are those of Model::infer().
std::vector<std::optional<Shape>> vector_orders(const Model& model,
                                                const std::vector<Shape>& shapes);

/// Whether an image has the same order flattened either way.
inline bool is_flat(const Shape& image) {
  return image[2] == 1 || image[0] * image[1] == 1;
}

}  // namespace adjoint
