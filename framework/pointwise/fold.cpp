#include "framework/pointwise/fold.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/fold.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

using Inputs = std::span<const ConstView>;

template <class V>
HWY_INLINE V larger(V a, V b) {
  return hn::IfThenElse(hn::Or(hn::Gt(b, a), hn::IsNaN(b)), b, a);
}

/// The inputs' elements from i on, joined by join(before, next).
template <class D, class Join>
HWY_INLINE hn::Vec<D> fold_at(D d, Inputs inputs, Index i, Join join) {
  auto result = hn::LoadU(d, inputs[0].data + i);
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    result = join(result, hn::LoadU(d, inputs[k].data + i));
  }
  return result;
}

template <class Join>
HWY_INLINE void fold_with(Inputs inputs, Index first, View result, Join join) {
  for_each(result.size(), [=](auto d, Index i) HWY_ATTR {
    hn::StoreU(fold_at(d, inputs, first + i, join), d, result.data + i);
  });
}

/// The elements from `first` on, as many as there are results.
void fold_lanes(Fold operation, Inputs inputs, Index first, View to) {
  switch (operation) {
    case Fold::sum:
      return fold_with(inputs, first, to, [](auto a, auto b) HWY_ATTR { return hn::Add(a, b); });
    case Fold::difference:
      return fold_with(inputs, first, to, [](auto a, auto b) HWY_ATTR { return hn::Sub(a, b); });
    case Fold::product:
      return fold_with(inputs, first, to, [](auto a, auto b) HWY_ATTR { return hn::Mul(a, b); });
    case Fold::maximum:
      return fold_with(inputs, first, to, [](auto a, auto b) HWY_ATTR { return larger(a, b); });
  }
}

void maximum_gradient_lanes(Inputs inputs, ConstView gradient,
                            std::span<const View> input_gradients) {
  for_each(gradient.size(), [=](auto d, Index i) HWY_ATTR {
    const auto best = fold_at(d, inputs, i, [](auto a, auto b) HWY_ATTR { return larger(a, b); });
    const auto whole = hn::LoadU(d, gradient.data + i);
    auto open = hn::Eq(hn::Zero(d), hn::Zero(d));
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const auto value = hn::LoadU(d, inputs[k].data + i);
      const auto wins = hn::And(open, hn::Or(hn::Eq(value, best), hn::IsNaN(value)));
      open = hn::AndNot(wins, open);
      Real* const to = input_gradients[k].data;
      if (to) hn::StoreU(hn::IfThenElseZero(wins, whole), d, to + i);
    }
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(fold_lanes);
HWY_EXPORT(maximum_gradient_lanes);

void fold(Fold operation, std::span<const ConstView> inputs, View result, const Activation& f) {
  constexpr Index kBlock = 2048;  // elements that are still in the nearest cache when f comes
  for (Index first = 0; first < result.size(); first += kBlock) {
    const View block{result.data + first, {std::min(kBlock, result.size() - first)}};
    HWY_DYNAMIC_DISPATCH(fold_lanes)(operation, inputs, first, block);
    if (f.kind != Activation::Kind::linear) apply(f, block, block);
  }
}

void maximum_gradient(std::span<const ConstView> inputs, ConstView gradient,
                      std::span<const View> input_gradients) {
  HWY_DYNAMIC_DISPATCH(maximum_gradient_lanes)(inputs, gradient, input_gradients);
}

}  // namespace adjoint
#endif
