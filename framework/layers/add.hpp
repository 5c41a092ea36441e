#pragma once

#include "framework/layers/layer.hpp"

namespace adjoint {

/// The elementwise sum of two or more inputs of one shape.
class Add final : public Layer {
 public:
  std::string_view type() const override { return "Add"; }
  /// Throws InputError if the shapes differ.
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
};

}  // namespace adjoint
