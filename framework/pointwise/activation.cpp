#include "framework/pointwise/activation.hpp"

#include <fmt/ranges.h>

#include <array>

#include "framework/pointwise/copy.hpp"
#include "framework/pointwise/softmax.hpp"
#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/activation.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/activation_of_input.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

template <class Visit>
HWY_INLINE void with_any_lanes(const Activation& activation, Visit visit) {
  if (gradient_needs_input(activation.kind)) return with_lanes_of_input(activation, visit);
  with_lanes(activation, visit);
}

void apply_lanes(const Activation& activation, const Real* x, Real* y, Index size) {
  with_any_lanes(activation, [=](auto f) HWY_ATTR {
    for_each(size, [=](auto d, Index i)
                       HWY_ATTR { hn::StoreU(f.value(d, hn::LoadU(d, x + i)), d, y + i); });
  });
}

void apply_gradient_lanes(const Activation& activation, const Real* x_or_y, const Real* dy,
                          Real* dx, Index size) {
  with_any_lanes(activation, [=](auto f) HWY_ATTR {
    for_each(size, [=](auto d, Index i) HWY_ATTR {
      hn::StoreU(f.gradient(d, hn::LoadU(d, x_or_y + i), hn::LoadU(d, dy + i)), d, dx + i);
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
namespace {

using ActivationKind = Activation::Kind;

constexpr std::array<std::pair<ActivationKind, std::string_view>, 11> kNames{{
    {ActivationKind::linear, "linear"},
    {ActivationKind::relu, "relu"},
    {ActivationKind::leaky_relu, "leaky_relu"},
    {ActivationKind::elu, "elu"},
    {ActivationKind::sigmoid, "sigmoid"},
    {ActivationKind::hard_sigmoid, "hard_sigmoid"},
    {ActivationKind::tanh, "tanh"},
    {ActivationKind::softplus, "softplus"},
    {ActivationKind::softmax, "softmax"},
    {ActivationKind::gelu, "gelu"},
    {ActivationKind::silu, "silu"},
}};

}  // namespace

bool gradient_needs_input(ActivationKind kind) {
  return kind == ActivationKind::gelu || kind == ActivationKind::silu;
}

bool is_fusable(ActivationKind kind) {
  return !gradient_needs_input(kind) && kind != ActivationKind::softmax;
}

std::string_view name_of(ActivationKind kind) {
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

ActivationKind activation_kind(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  throw InputError("unknown activation \"{}\"; expected one of {}", name,
                   fmt::join(activation_names(), ", "));
}

HWY_EXPORT(apply_lanes);
HWY_EXPORT(apply_gradient_lanes);

void apply(const Activation& activation, ConstView x, View y) {
  if (activation.kind == ActivationKind::linear) return copy(x, y);
  if (activation.kind == ActivationKind::softmax) return softmax(x, y);
  HWY_DYNAMIC_DISPATCH(apply_lanes)(activation, x.data, y.data, x.size());
}

void apply_gradient(const Activation& activation, ConstView x_or_y, ConstView dy, View dx) {
  if (activation.kind == ActivationKind::linear) {  // whoever knows that may keep neither
    return copy(dy, dx);
  }
  if (activation.kind == ActivationKind::softmax) return softmax_gradient(x_or_y, dy, dx);
  HWY_DYNAMIC_DISPATCH(apply_gradient_lanes)(activation, x_or_y.data, dy.data, dx.data, dy.size());
}

}  // namespace adjoint
#endif
