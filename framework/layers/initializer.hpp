#pragma once

#include "framework/tensor/random.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

enum class Initializer { glorot_uniform, zeros, ones };

/// Fills a parameter. glorot_uniform draws from [-l, l], l = sqrt(6 / (fan_in + fan_out)), with
/// Keras's fans: the last two extents times the product of those before. Source: Glorot & Bengio,
/// "Understanding the difficulty of training deep feedforward neural networks" (2010).
void initialize(Initializer initializer, const RandomKey& key, View parameter);

}  // namespace adjoint
