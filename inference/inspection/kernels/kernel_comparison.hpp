#pragma once

// How alike two kernels of one shape are. A kernel is (kh, kw, image channels / groups, feature
// channels); "the kernel of feature channel f" is its part [:, :, :, f].

#include <vector>

#include "framework/tensor/tensor.hpp"
#include "inference/inspection/kernels/subspace_angles.hpp"

namespace adjoint {

struct Summary {
  double mean = 0;
  double median = 0;
  double min = 0;
  double max = 0;
};
Summary summarize(std::vector<double> values);

struct KernelComparison {
  /// Cosine of the kernels as two long vectors.
  double cosine = 0;
  /// Cosine of feature channel f's kernel with the other's f.
  std::vector<double> by_channel;
  /// Each kernel of the first takes one of the second so that the sum of the cosines is greatest:
  /// matching[f] is the other's channel, matched[f] their cosine.
  std::vector<Index> matching;
  std::vector<double> matched;
  /// Cosine of the kernels as two long vectors, after the best rotation (or reflection) of the
  /// first one's features: whatever their order and signs, and however the next layer mixes them.
  double rotated = 0;
  /// Principal angles between the subspaces that the kernels of each layer span.
  SubspaceAngles subspaces;
  /// Cosine of the frequency responses, taken as vectors: whatever the order, the signs and the
  /// places of the kernels.
  double frequency_cosine = 0;

  /// Number of kernels that match the one of their own channel.
  Index same_channel_matches() const;
};

/// Cosines with a kernel of zeros count as 0.
KernelComparison compare_kernels(ConstView first, ConstView second);

/// Feature channels that a layer could do without.
struct IdleKernels {
  Index dead = 0;        // norm below a hundredth of the largest
  Index duplicates = 0;  // |cosine| above 0.95 with a kernel before it
};
IdleKernels idle_kernels(ConstView kernel);

/// Result of compare_kernels() for unrelated kernels: independent Gaussian numbers. Mean and
/// standard deviation over a few pairs, always the same ones.
struct ChanceLevel {
  double absolute_by_channel = 0;  // mean |cosine|, channel by channel
  double matched = 0;              // mean cosine under the best matching
  double matched_deviation = 0;    // of that mean, from one pair to the next
  double rotated = 0;
  double subspaces = 0;  // mean cosine of the subspaces' angles
  double frequency_cosine = 0;
};
ChanceLevel chance_level(const Shape& kernel);

/// A kernel of independent Gaussian numbers, the same one for the same `index`.
Tensor random_kernel(const Shape& shape, std::uint32_t index);

/// Square root of the sum of squares.
double frobenius_norm(ConstView kernel);
/// |after - before| / |before|; 0 where both are zero.
double relative_change(ConstView before, ConstView after);

}  // namespace adjoint
