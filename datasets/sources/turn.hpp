#pragma once

#include <numbers>

namespace adjoint {

/// A whole turn in radians.
inline constexpr float kTurn = 2 * std::numbers::pi_v<float>;

}  // namespace adjoint
