#pragma once

#include "framework/layers/layer.hpp"
#include "framework/pointwise/fold.hpp"

namespace adjoint {

/// Base of Add, Subtract, Multiply, Average and Maximum: inputs of one shape, joined element by
/// element. Each of them says by what, and how the gradient goes back.
class Merge : public Layer {
 public:
  /// Throws InputError if the shapes differ.
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override {
    fold(operation(), pass.inputs, pass.output);
  }

 protected:
  virtual Fold operation() const = 0;
};

}  // namespace adjoint
