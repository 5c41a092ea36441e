#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The assignment problem: for gains (n, n), the column that each row takes, no column twice, so
/// that the sum of the gains is as great as it can be. O(n^3).
/// Source: Jonker & Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
/// assignment problems", Computing 38 (1987), without its initialization heuristics.
std::vector<Index> best_assignment(ConstView gains);

}  // namespace adjoint
