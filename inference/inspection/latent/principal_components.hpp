#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Points seen along the directions in which they vary most.
struct PrincipalComponents {
  /// Share of the variance that each direction explains, greatest first; the sum is 1, or 0 where
  /// all points are equal. As many as the smaller of points and dimensions.
  std::vector<double> explained;
  /// Coordinates of each point along the first `count` directions, from the mean, row by row.
  std::vector<double> coordinates;
  std::size_t count = 0;

  /// Directions that together hold this part of the variance.
  std::size_t directions_for(double part) const;
};

/// Principal components of points (number, dimensions), in double. A direction's sign is such that
/// the coordinate farthest from the mean is positive. Throws RunError if a number is not finite.
PrincipalComponents principal_components(ConstView points, std::size_t count);

}  // namespace adjoint
