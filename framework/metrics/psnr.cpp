#include "framework/metrics/psnr.hpp"

#include <algorithm>
#include <cmath>

#include "framework/metrics/errors.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

double psnr(double mean_squared_error) {
  constexpr double kCeiling = 100.0;
  return std::min(-10.0 * std::log10(mean_squared_error), kCeiling);
}

double psnr(ConstView image, ConstView reference) {
  return psnr(mean_squared_error(image, reference));
}

double mean_psnr(ConstView images, ConstView references) {
  if (!(images.shape == references.shape)) {
    throw InputError("the PSNR compares images of one shape, got {} and {}",
                     to_string(images.shape), to_string(references.shape));
  }
  const Index count = images.shape[0];
  double sum = 0;
  for (Index n = 0; n < count; ++n) sum += psnr(images.slice(n, 1), references.slice(n, 1));
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

}  // namespace adjoint
