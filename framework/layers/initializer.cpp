#include "framework/layers/initializer.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {

void initialize(Initializer initializer, const RandomKey& key, View parameter) {
  switch (initializer) {
    case Initializer::zeros:
      std::ranges::fill(parameter.flat(), Real{0});
      return;
    case Initializer::ones:
      std::ranges::fill(parameter.flat(), Real{1});
      return;
    case Initializer::glorot_uniform: {
      const Shape& shape = parameter.shape;
      const Index fan_in = shape.rank() > 1 ? shape[-2] : shape[-1];
      const Index receptive_field =
          parameter.size() / (fan_in * (shape.rank() > 1 ? shape[-1] : 1));
      const float limit =
          std::sqrt(6.0F / static_cast<float>(receptive_field * (fan_in + shape[-1])));
      Random random(key);
      for (Real& value : parameter.flat()) value = random.uniform(-limit, limit);
      return;
    }
  }
}

}  // namespace adjoint
