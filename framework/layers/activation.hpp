#pragma once

#include <string>

#include "framework/layers/layer.hpp"

namespace adjoint {

/// An elementwise function, as Keras names them. Every kind here is differentiable from its output
/// alone, so that the graph may apply it in place.
struct Activation {
  enum class Kind { linear, relu, leaky_relu, sigmoid, tanh };
  Kind kind = Kind::linear;
  /// Slope below zero of leaky_relu; the default is that of keras.activations.leaky_relu.
  double negative_slope = 0.2;

  bool operator==(const Activation&) const = default;
};

/// "relu", ...
std::string_view name_of(Activation::Kind kind);
/// The kind of that name; throws InputError listing the names there are.
Activation::Kind activation_kind(std::string_view name);
/// Every name, for messages and documentation.
std::vector<std::string> activation_names();

/// y = f(x), elementwise; x and y may be the same memory.
void apply(const Activation& activation, ConstView x, View y);
/// dx = f'(x) dy, where y = f(x); dy and dx may be the same memory.
void apply_gradient(const Activation& activation, ConstView y, ConstView dy, View dx);

/// An activation as a layer of its own: Keras's Activation, ReLU and LeakyReLU.
class ActivationLayer final : public Layer {
 public:
  explicit ActivationLayer(const Activation& activation) : activation_(activation) {}
  const Activation& activation() const { return activation_; }

  std::string_view type() const override { return "Activation"; }
  Shape output_shape(const LayerShapes& shapes) const override { return only(shapes); }
  BackwardNeeds backward_needs() const override { return {.output = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  Activation activation_;
};

}  // namespace adjoint
