#pragma once

#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Singular values of a matrix (rows, columns), the greatest first, computed in double.
std::vector<double> singular_values(ConstView matrix);

/// Effective rank of a matrix: exp of the entropy of its singular values' shares of their
/// sum. 1 for an outer product, min(rows, columns) for an orthogonal matrix, 0 for zeros.
/// Source: Roy & Vetterli, "The effective rank", EUSIPCO 2007.
double effective_rank(const std::vector<double>& singular_values);

}  // namespace adjoint
