#pragma once

#include "framework/layers/layer.hpp"
#include "framework/pointwise/activation.hpp"

namespace adjoint {

/// An activation as a layer of its own: Keras's Activation, ReLU, LeakyReLU, ELU and
/// Softmax.
class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(const Activation& activation) : activation_(activation) {}
  const Activation& activation() const { return activation_; }

  std::string_view type() const override { return "Activation"; }
  BackwardNeeds backward_needs() const override {
    const bool of_input = gradient_needs_input(activation_.kind);
    return {.inputs = of_input, .output = !of_input};
  }
  bool runs_in_place(std::size_t) const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  Activation activation_;
};

}  // namespace adjoint
