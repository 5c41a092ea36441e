#pragma once

#include <string>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A number as short as it can be written: "285", "0.25".
std::string number_text(Real value);

/// A matrix, right-aligned, one line a row, each behind `indent` spaces. Of more than 40 rows or
/// columns the middle is left out.
std::string grid_text(ConstView matrix, int indent = 2);

}  // namespace adjoint
