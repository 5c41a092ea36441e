#pragma once

#include <string>
#include <vector>

#include "framework/config/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// One [[corruption]] of a config: what the model sees; the target stays clean.
struct CorruptionSpec {
  std::string kind = "gaussian";
  /// Standard deviation of the noise, where images range from 0 to 1 (25/255 is 0.098). Of a range,
  /// each sample draws one, uniformly.
  NumberRange sigma{0.1, 0.1};
  /// Whether the result is clipped to [0, 1].
  bool clip = false;

  void keys(Keys& key);
};

/// Applies all corruptions to one sample, in their order: a pure function of the arguments.
void corrupt(const std::vector<CorruptionSpec>& corruptions, std::uint64_t seed,
             std::uint32_t epoch, Index index, View sample);

}  // namespace adjoint
