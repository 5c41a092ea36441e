#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/tensor/tensor.hpp"

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

}  // namespace adjoint
