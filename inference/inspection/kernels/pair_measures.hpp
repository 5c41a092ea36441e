#pragma once

#include <optional>
#include <vector>

#include "inference/inspection/kernels/kernel_comparison.hpp"
#include "inference/inspection/kernels/symmetric_pairs.hpp"

namespace adjoint {

/// How the two layers of a symmetric pair compare, at one time.
struct PairMeasures {
  /// Set where the kernels are two and of one shape.
  std::optional<KernelComparison> kernels;
  /// identity_distance() of the two layers, also of tied ones; set where the kernels are of one
  /// shape and both layers go by the same steps.
  std::optional<double> from_identity;
};

/// Measures a pair of a model, with the weights that the model has.
PairMeasures measure_pair(const Model& model, const SymmetricPair& pair);
/// Measures it with these kernels in place of the model's. A tied pair has one kernel:
/// `convolution` then serves both layers, and `transpose` is not read.
PairMeasures measure_pair(const Model& model, const SymmetricPair& pair, ConstView convolution,
                          ConstView transpose);
/// The distance from an identity that random kernels of the pair's shape have: the level of chance.
std::optional<double> random_distance(const Model& model, const SymmetricPair& pair);

}  // namespace adjoint
