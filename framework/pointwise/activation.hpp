#pragma once

#include <array>

#include "framework/settings/named_enum.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A function of a layer's output, as Keras names it: of each element, but for softmax, which
/// works along the last axis.
struct Activation {
  enum class Kind {
    linear,
    relu,
    leaky_relu,
    elu,
    sigmoid,
    hard_sigmoid,
    tanh,
    softplus,
    softmax,
    gelu,
    silu
  };
  Kind kind = Kind::linear;
  /// Slope below zero of leaky_relu; the default is that of keras.activations.leaky_relu.
  double negative_slope = 0.2;
  /// elu goes to -alpha far below zero; at least 0.
  double alpha = 1.0;
  /// True: gelu by its usual formula with tanh.
  bool approximate = false;

  bool operator==(const Activation&) const = default;
};
constexpr std::array<std::string_view, 11> config_names(Activation::Kind) {
  return {"linear", "relu",     "leaky_relu", "elu",  "sigmoid", "hard_sigmoid",
          "tanh",   "softplus", "softmax",    "gelu", "silu"};
}

/// True if the gradient is a function of x. That of the others is one of y = f(x), so that the
/// graph may apply them in place.
bool gradient_needs_input(Activation::Kind kind);
/// True if a product may apply it to its result piece by piece, in place.
bool is_fusable(Activation::Kind kind);

/// True for linear, relu and leaky_relu, which cost a product next to nothing.
bool is_piecewise_linear(Activation::Kind kind);

/// The kind of that name; throws InputError listing the names there are.
Activation::Kind activation_kind(std::string_view name);
std::vector<std::string> activation_names();

/// y = f(x); x and y may be the same memory.
void apply(const Activation& activation, ConstView x, View y);
/// dx = f'(x) dy, given x where gradient_needs_input(), otherwise y = f(x); dy and dx may be the
/// same memory.
void apply_gradient(const Activation& activation, ConstView x_or_y, ConstView dy, View dx);

}  // namespace adjoint
