#include "inference/detection/interval.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {

Interval wilson_interval(Index count, Index of) {
  constexpr double kZ = 1.959963984540054;  // 97.5 % of a normal distribution lie below
  const double n = static_cast<double>(of), share = static_cast<double>(count) / n;
  const double centre = share + kZ * kZ / (2 * n);
  const double reach = kZ * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  const double scale = 1 + kZ * kZ / n;
  // Rounding must not leave out what was seen.
  return {.low = count == 0 ? 0 : std::max(0.0, (centre - reach) / scale),
          .high = count == of ? 1 : std::min(1.0, (centre + reach) / scale)};
}

}  // namespace adjoint
