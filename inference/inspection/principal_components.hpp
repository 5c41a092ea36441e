#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Points seen along the directions in which they vary most.
struct PrincipalComponents {
  /// Of each direction, the greatest first: the part of the whole variance, summing to 1 or, where
  /// all points are one, all 0. As many as the smaller of points and dimensions.
  std::vector<double> explained;
  /// Of each point, its places along the first `count` directions, from the mean on, row by row.
  std::vector<double> coordinates;
  std::size_t count = 0;

  /// Directions that together hold this part of the variance.
  std::size_t directions_for(double part) const;
};

/// Of points (number, dimensions), computed in double. A direction's sign is such that the
/// coordinate farthest from the mean is positive. Throws RunError if a number is not finite.
PrincipalComponents principal_components(ConstView points, std::size_t count);

}  // namespace adjoint
