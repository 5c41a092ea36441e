#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace adjoint {

/// The smallest value that at least `share` of the values do not exceed. `values` are reordered;
/// there must be one.
template <class T>
T quantile_of(std::vector<T>& values, double share) {
  const double rank = std::ceil(share * static_cast<double>(values.size()) - 1e-9);
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::ranges::nth_element(values, place);
  return *place;
}

/// The median; of an even number of values the mean of the middle two. `values` are reordered;
/// there must be one.
template <class T>
T median_of(std::vector<T>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace adjoint
