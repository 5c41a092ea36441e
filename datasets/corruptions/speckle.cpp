#include "datasets/corruptions/speckle.hpp"

#include "datasets/corruptions/draw.hpp"

namespace adjoint {

void Speckle::keys(Keys& key) {
  key("sigma", sigma, "standard deviation of the noise, as a fraction of each value",
      at_least(0.0));
}

void Speckle::apply(Random& random, Tensor& image) const {
  const Real deviation = draw(sigma, random);
  for (Real& x : view(image).flat()) x += x * deviation * random.normal();
}

}  // namespace adjoint
