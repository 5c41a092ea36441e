#pragma once

#include "framework/conv/geometry.hpp"

namespace adjoint {

/// One axis of what a layer's outputs take from its inputs. Output o takes
///     going down:  inputs  o * stride - pad_before + tap * dilation,
///     going up:    inputs  i  where  i * stride = o + pad_before - tap * dilation,
/// for tap = 0 ... kernel - 1.
struct WindowAxis {
  Index kernel = 1;
  Index stride = 1;
  Index dilation = 1;
  Index pad_before = 0;  // negative where a layer cuts pixels away
  bool up = false;
  /// Pixels at either end of the input that stand for what lies beyond it: a padding that reflects.
  Index mirrored = 0;
};

/// Window of the input that an output sees; {} for layers that work pixel by pixel.
struct LayerWindow {
  WindowAxis vertical, horizontal;
  /// Positions mean something else in the output, or each takes all of the input.
  bool all = false;
};

/// Window of a layer over a convolution's geometry: down from its image, or up to it.
inline LayerWindow window_of(const ConvGeometry& g, bool up = false) {
  return {{g.kernel.h, g.stride.h, g.dilation.h, g.padding.top, up},
          {g.kernel.w, g.stride.w, g.dilation.w, g.padding.left, up}};
}

}  // namespace adjoint
