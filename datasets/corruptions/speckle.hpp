#pragma once

#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Multiplicative noise, as of radar and ultrasound: x becomes x (1 + sigma n), n normal.
struct Speckle {
  static constexpr std::string_view kKind = "speckle";
  NumberRange sigma{0.1, 0.1};

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
