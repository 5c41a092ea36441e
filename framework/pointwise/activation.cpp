#include "framework/pointwise/activation.hpp"

#include <fmt/ranges.h>

#include <array>
#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using Kind = Activation::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 5> kNames{{
    {Kind::linear, "linear"},
    {Kind::relu, "relu"},
    {Kind::leaky_relu, "leaky_relu"},
    {Kind::sigmoid, "sigmoid"},
    {Kind::tanh, "tanh"},
}};

template <class Function>
void map(ConstView x, View y, Function f) {
  const Index size = x.size();
  for (Index i = 0; i < size; ++i) y[i] = f(x[i]);
}

template <class Function>
void map_gradient(ConstView y, ConstView dy, View dx, Function derivative) {
  const Index size = y.size();
  for (Index i = 0; i < size; ++i) dx[i] = dy[i] * derivative(y[i]);
}

}  // namespace

std::string_view name_of(Kind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return {};
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& [kind, name] : kNames) names.emplace_back(name);
  return names;
}

Kind activation_kind(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  throw InputError("unknown activation \"{}\"; expected one of {}", name,
                   fmt::join(activation_names(), ", "));
}

void apply(const Activation& activation, ConstView x, View y) {
  const Real slope = static_cast<Real>(activation.negative_slope);
  switch (activation.kind) {
    case Kind::linear:
      if (x.data != y.data) std::copy_n(x.data, x.size(), y.data);
      return;
    case Kind::relu:
      return map(x, y, [](Real v) { return v < 0 ? Real{0} : v; });  // lets NaN through
    case Kind::leaky_relu:
      return map(x, y, [slope](Real v) { return v > 0 ? v : slope * v; });
    case Kind::sigmoid:
      return map(x, y, [](Real v) { return 1 / (1 + std::exp(-v)); });
    case Kind::tanh:
      return map(x, y, [](Real v) { return std::tanh(v); });
  }
}

void apply_gradient(const Activation& activation, ConstView y, ConstView dy, View dx) {
  const Real slope = static_cast<Real>(activation.negative_slope);
  switch (activation.kind) {
    case Kind::linear:
      if (dx.data != dy.data) std::copy_n(dy.data, dy.size(), dx.data);
      return;
    case Kind::relu:
      return map_gradient(y, dy, dx, [](Real v) { return Real(v > 0 ? 1 : 0); });
    case Kind::leaky_relu:
      return map_gradient(y, dy, dx, [slope](Real v) { return v > 0 ? Real{1} : slope; });
    case Kind::sigmoid:
      return map_gradient(y, dy, dx, [](Real v) { return v * (1 - v); });
    case Kind::tanh:
      return map_gradient(y, dy, dx, [](Real v) { return 1 - v * v; });
  }
}

}  // namespace adjoint
