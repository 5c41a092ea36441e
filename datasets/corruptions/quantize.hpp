#pragma once

#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Rounds to so many evenly spaced levels from 0 to 1, both included.
struct Quantize {
  static constexpr std::string_view kKind = "quantize";
  Index levels = 16;

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
