#include "datasets/corruptions/poisson_noise.hpp"

#include <math.h>  // lgamma_r: std::lgamma writes a global variable

#include <algorithm>
#include <cmath>

#include "datasets/corruptions/draw.hpp"

namespace adjoint {
namespace {

/// Uniform in [0, 1), 53 bits.
double fine_uniform(Random& random) {
  const std::uint64_t high = random.bits();
  return static_cast<double>((high << 32 | random.bits()) >> 11) * 0x1.0p-53;
}

/// Walks up the cumulative distribution: about `mean` steps.
double small_poisson(Random& random, double mean) {
  double left = fine_uniform(random);
  double probability = std::exp(-mean);
  double count = 0;
  while (left >= probability && probability > 0) {
    left -= probability;
    ++count;
    probability *= mean / count;
  }
  return count;
}

/// Transformed rejection, a few steps at any mean of at least 10. Source: W. Hörmann, "The
/// transformed rejection method for generating Poisson random variables", Insurance: Mathematics
/// and Economics 12 (1993), algorithm PTRS.
double large_poisson(Random& random, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double accepted = 0.9277 - 3.6224 / (b - 2);
  while (true) {
    const double u = fine_uniform(random) - 0.5;
    const double v = fine_uniform(random);
    const double us = 0.5 - std::abs(u);
    const double count = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= accepted) return count;
    if (!(count >= 0) || (us < 0.013 && v > us)) continue;
    int sign = 0;
    const double log_density = count * std::log(mean) - mean - ::lgamma_r(count + 1, &sign);
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= log_density) return count;
  }
}

}  // namespace

void PoissonNoise::keys(Keys& key) {
  key("peak", peak, "photon count of a white pixel; fewer photons make more noise",
      greater_than(0.0));
}

void PoissonNoise::apply(Random& random, Tensor& image) const {
  constexpr double kLarge = 30;
  const double photons = draw(peak, random);
  for (Real& x : view(image).flat()) {
    const double mean = std::max(0.0, photons * static_cast<double>(x));
    const double count = mean < kLarge ? small_poisson(random, mean) : large_poisson(random, mean);
    x = static_cast<Real>(count / photons);
  }
}

}  // namespace adjoint
