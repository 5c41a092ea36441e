#pragma once

#include <array>
#include <string_view>

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// Filling of a border: zeros, the image mirrored about its outermost pixels (reflect) or about
/// its edge (symmetric), or its outermost pixels again (replicate).
enum class Border { constant, reflect, symmetric, replicate };
constexpr std::array<std::string_view, 4> config_names(Border) {
  return {"constant", "reflect", "symmetric", "replicate"};
}

/// The pixel of an axis of `extent` pixels that stands at `position`, at any distance; -1 for a
/// zero.
constexpr Index border_source(Border border, Index position, Index extent) {
  if (position >= 0 && position < extent) return position;
  const auto mirrored = [=](Index period, Index last) {
    const Index phase = (position % period + period) % period;
    return phase < extent ? phase : last - phase;
  };
  switch (border) {
    case Border::constant:
      break;
    case Border::reflect:
      return extent == 1 ? 0 : mirrored(2 * (extent - 1), 2 * (extent - 1));
    case Border::symmetric:
      return mirrored(2 * extent, 2 * extent - 1);
    case Border::replicate:
      return position < 0 ? 0 : extent - 1;
  }
  return -1;
}

}  // namespace adjoint
