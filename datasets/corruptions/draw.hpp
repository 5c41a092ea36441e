#pragma once

#include "framework/settings/config_type.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

/// A number of a range, uniformly: one draw, also where both ends are the same.
inline Real draw(const NumberRange& range, Random& random) {
  return random.uniform(static_cast<float>(range.low), static_cast<float>(range.high));
}

}  // namespace adjoint
