#include "framework/pointwise/activation.hpp"

#include <fmt/ranges.h>

#include <array>

#include "framework/pointwise/copy.hpp"
#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/activation.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/activation.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

void apply_lanes(const Activation& activation, const Real* x, Real* y, Index size) {
  with_lanes(activation, [=](auto f) HWY_ATTR {
    for_each(size, [=](auto d, Index i)
                       HWY_ATTR { hn::StoreU(f.value(d, hn::LoadU(d, x + i)), d, y + i); });
  });
}

void apply_gradient_lanes(const Activation& activation, const Real* y, const Real* dy, Real* dx,
                          Index size) {
  with_lanes(activation, [=](auto f) HWY_ATTR {
    for_each(size, [=](auto d, Index i) HWY_ATTR {
      hn::StoreU(f.gradient(d, hn::LoadU(d, y + i), hn::LoadU(d, dy + i)), d, dx + i);
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
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

HWY_EXPORT(apply_lanes);
HWY_EXPORT(apply_gradient_lanes);

void apply(const Activation& activation, ConstView x, View y) {
  if (activation.kind == Kind::linear) return copy(x, y);
  HWY_DYNAMIC_DISPATCH(apply_lanes)(activation, x.data, y.data, x.size());
}

void apply_gradient(const Activation& activation, ConstView y, ConstView dy, View dx) {
  if (activation.kind == Kind::linear) {  // whoever knows that may not keep y
    return copy(dy, dx);
  }
  HWY_DYNAMIC_DISPATCH(apply_gradient_lanes)(activation, y.data, dy.data, dx.data, dy.size());
}

}  // namespace adjoint
#endif
