#pragma once

#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Additive white noise: each number gets an independent normal one on top.
struct GaussianNoise {
  static constexpr std::string_view kKind = "gaussian";
  /// Standard deviation, where images range from 0 to 1 (25/255 is 0.098).
  NumberRange sigma{0.1, 0.1};

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
