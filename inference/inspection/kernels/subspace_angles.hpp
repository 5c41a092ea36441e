#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// How two subspaces lie to each other: the cosines of their principal angles, the largest first;
/// all 1 if one holds the other, all 0 if they are orthogonal. As many as the smaller one has
/// dimensions.
/// Source: Björck & Golub, Mathematics of Computation 27 (1973) 579.
struct SubspaceAngles {
  Index first_dimensions = 0, second_dimensions = 0;
  std::vector<double> cosines;
};

/// Compares two matrices (rows, columns) with the same number of rows. The subspace of each is that
/// of the fewest left singular vectors whose singular values hold 90 % of the sum of squares.
SubspaceAngles subspace_angles(ConstView first, ConstView second);

}  // namespace adjoint
