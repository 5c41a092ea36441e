#pragma once

#include <span>

#include "framework/pointwise/activation.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Operation that joins several numbers into one, in order. NaN is the largest of all.
enum class Fold { sum, difference, product, maximum };

/// result = f(inputs[0] o inputs[1] o ...), element by element; it may be one of the inputs. f is
/// one that is_fusable().
void fold(Fold operation, std::span<const ConstView> inputs, View result, const Activation& f = {});

/// The way back from a maximum: each element's gradient goes to the first of the largest inputs,
/// zero to the others. Inputs' gradients without data are left out.
void maximum_gradient(std::span<const ConstView> inputs, ConstView gradient,
                      std::span<const View> input_gradients);

}  // namespace adjoint
