#pragma once

#include <vector>

#include "framework/settings/registry.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Every kind of corruption: the rows are in corruption.cpp. A corruption changes an image (height,
/// width, channels). Where a setting is a range, each sample draws a number of it, uniformly.
struct CorruptionFamily {
  using Make = void(Random& random, Tensor& image);
  struct Traits {
    /// The shape that an image of this shape then has. Throws InputError if it cannot be corrupted.
    Shape (*output_shape)(const std::any& settings, const Shape& image);
  };
  static std::span<const Kind<CorruptionFamily>> kinds();
};

/// One [[corruption]] of a config: what the model sees; the target stays clean.
struct CorruptionSpec {
  Choice<CorruptionFamily> kind = first_kind<CorruptionFamily>();
  /// Whether the result is clipped to [0, 1].
  bool clip = false;

  void keys(Keys& key);
};

/// A sample (height, width, channels) after all corruptions, in their order: a pure function of the
/// arguments. Another purpose draws independent noise.
Tensor corrupted(const std::vector<CorruptionSpec>& corruptions, std::uint64_t seed,
                 std::uint32_t epoch, Index index, ConstView clean,
                 Purpose purpose = Purpose::corruption);

/// The shape that it then has. Throws InputError where a corruption cannot work on it.
Shape corrupted_shape(const std::vector<CorruptionSpec>& corruptions, Shape clean);

}  // namespace adjoint
