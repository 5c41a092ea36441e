#pragma once

#include "framework/layers/layer.hpp"
#include "framework/pointwise/activation.hpp"

namespace adjoint {

/// An activation as a layer of its own: Keras's Activation, ReLU and LeakyReLU.
class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(const Activation& activation) : activation_(activation) {}
  const Activation& activation() const { return activation_; }

  std::string_view type() const override { return "Activation"; }
  Shape output_shape(const LayerShapes& shapes) const override { return only(shapes); }
  BackwardNeeds backward_needs() const override { return {.output = true}; }
  bool runs_in_place() const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  Activation activation_;
};

}  // namespace adjoint
