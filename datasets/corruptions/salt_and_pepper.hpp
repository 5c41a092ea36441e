#pragma once

#include <string_view>

#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Dead pixels: some become white (salt) or black (pepper), all channels together.
struct SaltAndPepper {
  static constexpr std::string_view kKind = "salt_and_pepper";
  /// Expected fraction of the pixels that turns black or white.
  NumberRange amount{0.05, 0.05};
  /// Expected fraction of these pixels that turns white.
  double ratio = 0.5;

  void keys(Keys& key);
  void apply(Random& random, Tensor& image) const;
};

}  // namespace adjoint
