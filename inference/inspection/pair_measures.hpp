#pragma once

#include <optional>
#include <vector>

#include "inference/inspection/kernel_comparison.hpp"
#include "inference/inspection/symmetric_pairs.hpp"

namespace adjoint {

/// How the two layers of a symmetric pair compare, at one time.
struct PairMeasures {
  /// Set where the kernels are two and of one shape.
  std::optional<KernelComparison> kernels;
  /// identity_distance() of the two layers, also of tied ones; set where the kernels are of one
  /// shape and both layers go by the same steps.
  std::optional<double> from_identity;
};

/// Of a model's weights as they are.
PairMeasures measure_pair(const Model& model, const SymmetricPair& pair);
/// Of other kernels in the places of the pair's; of a tied pair the first one counts for both.
PairMeasures measure_pair(const Model& model, const SymmetricPair& pair, ConstView convolution,
                          ConstView transpose);
/// By chance: the distance from an identity with random kernels in the pair's places.
std::optional<double> random_distance(const Model& model, const SymmetricPair& pair);

}  // namespace adjoint
