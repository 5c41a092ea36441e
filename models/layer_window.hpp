#pragma once

#include "framework/layers/layer.hpp"

namespace adjoint {

/// One axis of what a layer's outputs take from its inputs. Output o takes
///     going down:  inputs  o * stride - pad_before + tap * dilation,
///     going up:    inputs  i  where  i * stride = o + pad_before - tap * dilation,
/// for tap = 0 ... kernel - 1.
struct WindowAxis {
  Index kernel = 1;
  Index stride = 1;
  Index dilation = 1;
  Index pad_before = 0;
  bool up = false;
};

struct LayerWindow {
  WindowAxis vertical, horizontal;
};

/// Of a layer between images of these shapes, which decide the paddings of "same"; {} for layers
/// that work pixel by pixel.
LayerWindow layer_window(const Layer& layer, const LayerShapes& shapes);

}  // namespace adjoint
