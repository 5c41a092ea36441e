#pragma once

#include <algorithm>

#include "datasets/corruptions/draw.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// Dead pixels: some become white (salt) or black (pepper), all channels together.
struct SaltAndPepper {
  /// Mean fraction of the pixels that are lost.
  NumberRange amount{0.05, 0.05};
  /// Expected fraction of these pixels that turns white.
  double ratio = 0.5;

  void keys(Keys& key) {
    key("amount", amount, "fraction of the pixels that turns black or white", between(0.0, 1.0));
    key("ratio", ratio, "fraction of these pixels that turns white; the others turn black",
        between(0.0, 1.0));
  }
  void apply(Random& random, Tensor& image) const {
    const Index channels = shape_of(image).back();
    const Real lost = draw(amount, random);
    const Real white = lost * static_cast<Real>(ratio);
    const View pixels = view(image);
    for (Index i = 0; i < pixels.size(); i += channels) {
      const Real u = random.uniform();
      if (u < lost) std::fill_n(pixels.data + i, channels, u < white ? Real{1} : Real{0});
    }
  }
};

}  // namespace adjoint
