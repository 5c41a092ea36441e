#include "framework/pointwise/epilogue.hpp"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/epilogue.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/activation.inl"
#include "framework/pointwise/channels.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

void epilogue_lanes(const Activation& activation, const Real* bias, Index channels, Real* values,
                    Index size) {
  with_lanes(activation, [=](auto f) HWY_ATTR {
    for_each_group(size, channels, [&](const ChannelGroup& group) HWY_ATTR {
      Real biases[kRow];
      fill_row(group, biases, [=](Index c) HWY_ATTR { return bias[c]; });
      for_each_row(group, size, [&](Index first, Index width) HWY_ATTR {
        Real* const row = values + first;
        for_each(width, [&](auto d, Index i) HWY_ATTR {
          const auto x = hn::Add(hn::LoadU(d, row + i), hn::LoadU(d, biases + i));
          hn::StoreU(f.value(d, x), d, row + i);
        });
      });
    });
  });
}

void epilogue_gradient_lanes(const Activation& activation, const Real* values, Real* gradient,
                             Index size, Real* bias_gradient, Index channels) {
  with_lanes(activation, [=](auto f) HWY_ATTR {
    // A linear epilogue's values may be gone.
    constexpr bool kLinear = std::is_same_v<decltype(f), LinearLanes>;
    const auto add_row = [=](Index first, Index width, Real(&sums)[1][kRow]) HWY_ATTR {
      const Real* const y = kLinear ? nullptr : values + first;
      Real* const dy = gradient + first;
      Real* const sum = sums[0];
      for_each(width, [=](auto d, Index i) HWY_ATTR {
        auto dx = hn::LoadU(d, dy + i);
        if constexpr (!kLinear) {
          dx = f.gradient(d, hn::LoadU(d, y + i), dx);
          hn::StoreU(dx, d, dy + i);
        }
        hn::StoreU(hn::Add(hn::LoadU(d, sum + i), dx), d, sum + i);
      });
    };
    for_each_group(size, channels, [&](const ChannelGroup& group) HWY_ATTR {
      sum_rows<Real, 1>(group, size, add_row, [=](Index c, const double(&total)[1]) HWY_ATTR {
        bias_gradient[c] = static_cast<Real>(total[0]);
      });
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(epilogue_lanes);
HWY_EXPORT(epilogue_gradient_lanes);

void apply(const Epilogue& epilogue, View values) {
  if (!epilogue.bias) return apply(epilogue.activation, values, values);
  HWY_DYNAMIC_DISPATCH(epilogue_lanes)
  (epilogue.activation, epilogue.bias.data, epilogue.bias.size(), values.data, values.size());
}

void epilogue_gradient(const Activation& activation, ConstView values, View gradient,
                       View bias_gradient) {
  if (!bias_gradient) return apply_gradient(activation, values, gradient, gradient);
  HWY_DYNAMIC_DISPATCH(epilogue_gradient_lanes)
  (activation, values.data, gradient.data, gradient.size(), bias_gradient.data,
   bias_gradient.size());
}

}  // namespace adjoint
#endif
