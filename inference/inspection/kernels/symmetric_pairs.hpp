#pragma once

#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// A Conv2D and the Conv2DTranspose that mirrors it: positions of nodes.
struct SymmetricPair {
  Index convolution = 0;
  Index transpose = 0;
  /// They share one kernel.
  bool tied = false;
  bool operator==(const SymmetricPair&) const = default;
};

/// The pairs from the outside inwards: layers that share a kernel belong together; of the others,
/// the first Conv2D mirrors the last Conv2DTranspose, and so on as long as the transpose stands
/// behind the convolution.
std::vector<SymmetricPair> symmetric_pairs(const Model& model);

/// Position of a node's kernel in Model::parameters(), or -1 if it has none.
Index kernel_of(const Model& model, Index node);

}  // namespace adjoint
