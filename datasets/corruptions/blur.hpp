#pragma once

#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Convolution with a Gaussian, cut off at 3 sigma; the image goes on beyond its border by
/// reflection (... b a | a b ...).
struct Blur {
  static constexpr std::string_view kKind = "blur";
  /// Standard deviation of the Gaussian, in pixels; 0 changes nothing.
  NumberRange sigma{1, 1};

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
