// Convolutions of each channel apart. There is no matrix product in them: channels stay in the
// lanes of a vector, and every tap is one multiplication of vectors.

#include <type_traits>

#include "framework/conv/engine_list.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/conv/depthwise_engine.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// The taps of a kernel that lie inside the image at one position, along one axis.
struct Taps {
  Index first, end;
  Index origin;  // pixel of tap 0

  Taps(Index position, Index stride, Index pad, Index dilation, Index kernel, Index image)
      : first(0), end(kernel), origin(position * stride - pad) {
    while (first < end && origin + first * dilation < 0) ++first;
    while (first < end && origin + (end - 1) * dilation >= image) --end;
  }
};

/// Calls visit(first element of the pixel, first of the tap) for the taps inside the image.
template <class Visit>
HWY_INLINE void for_each_tap(const ConvGeometry& g, const Taps& rows, const Taps& columns,
                             Visit visit) {
  for (Index ky = rows.first; ky < rows.end; ++ky) {
    const Index row = (rows.origin + ky * g.dilation.h) * g.image.w + columns.origin;
    for (Index kx = columns.first; kx < columns.end; ++kx) {
      visit((row + kx * g.dilation.w) * g.image.channels,
            (ky * g.kernel.w + kx) * g.image.channels);
    }
  }
}

/// Neighbouring positions whose sums stay in registers.
constexpr int kTogether = 8;

/// Calls visit(count, x, taps) for the positions of a row, from left to right: kTogether positions
/// from x on that see the same columns of taps, or a single one.
template <class Visit>
HWY_INLINE void for_each_run(const ConvGeometry& g, Visit visit) {
  constexpr std::integral_constant<int, kTogether> together;
  constexpr std::integral_constant<int, 1> alone;
  const auto taps = [&](Index x) {
    return Taps(x, g.stride.w, g.padding.left, g.dilation.w, g.kernel.w, g.image.w);
  };
  for (Index x = 0; x < g.features.w;) {
    const Taps here = taps(x);
    const bool whole = x + kTogether <= g.features.w && here.first == 0 && here.end == g.kernel.w &&
                       taps(x + kTogether - 1).end == g.kernel.w;
    if (whole)
      visit(together, x, here);
    else
      visit(alone, x, here);
    x += whole ? kTogether : 1;
  }
}

/// A kernel that is turned round has its last tap first.
struct Kernel {
  const Real* data;
  Index last = 0;  // first element of the last tap; 0: not turned
  const Real* tap(Index first) const { return data + (last > 0 ? last - first : first); }
};

/// features = image * kernel + bias; no bias: nullptr.
void correlate(const ConvGeometry& g, const Real* image, const Kernel& kernel, const Real* bias,
               Real* features) {
  const Index channels = g.image.channels, step = g.stride.w * channels;
  for (Index y = 0; y < g.features.h; ++y) {
    const Taps rows(y, g.stride.h, g.padding.top, g.dilation.h, g.kernel.h, g.image.h);
    for_each_run(g, [&](auto count, Index x, const Taps& columns) HWY_ATTR {
      constexpr int kCount = count;
      Real* const to = features + (y * g.features.w + x) * channels;
      for_each_part(channels, [&](auto d, Index c) HWY_ATTR {
        hn::Vec<decltype(d)> sums[kCount];
        const auto begin = bias ? hn::LoadU(d, bias + c) : hn::Zero(d);
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i) sums[i] = begin;
        for_each_tap(g, rows, columns, [&](Index pixel, Index tap) HWY_ATTR {
          const auto weight = hn::LoadU(d, kernel.tap(tap) + c);
          const Real* const from = image + pixel + c;
#pragma GCC unroll 8
          for (int i = 0; i < kCount; ++i)
            sums[i] = hn::MulAdd(hn::LoadU(d, from + i * step), weight, sums[i]);
        });
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i) hn::StoreU(sums[i], d, to + i * channels + c);
      });
    });
  }
}

/// Adds to the image, where the stride leaves gaps between what the features reach.
void scatter(const ConvGeometry& g, const Real* features, const Real* kernel, Real* image) {
  const Index channels = g.image.channels;
  for (Index y = 0; y < g.features.h; ++y) {
    const Taps rows(y, g.stride.h, g.padding.top, g.dilation.h, g.kernel.h, g.image.h);
    for (Index x = 0; x < g.features.w; ++x) {
      const Real* const from = features + (y * g.features.w + x) * channels;
      const Taps columns(x, g.stride.w, g.padding.left, g.dilation.w, g.kernel.w, g.image.w);
      for_each_tap(g, rows, columns, [&](Index pixel, Index tap) HWY_ATTR {
        for_each_part(channels, [=](auto d, Index c) HWY_ATTR {
          const auto sum = hn::MulAdd(hn::LoadU(d, from + c), hn::LoadU(d, kernel + tap + c),
                                      hn::LoadU(d, image + pixel + c));
          hn::StoreU(sum, d, image + pixel + c);
        });
      });
    }
  }
}

/// Adds to the kernel.
void backward_kernel(const ConvGeometry& g, const Real* image, const Real* features, Real* kernel) {
  const Index channels = g.image.channels, step = g.stride.w * channels;
  for (Index y = 0; y < g.features.h; ++y) {
    const Taps rows(y, g.stride.h, g.padding.top, g.dilation.h, g.kernel.h, g.image.h);
    for_each_run(g, [&](auto count, Index x, const Taps& columns) HWY_ATTR {
      constexpr int kCount = count;
      const Real* const from = features + (y * g.features.w + x) * channels;
      for_each_part(channels, [&](auto d, Index c) HWY_ATTR {
        hn::Vec<decltype(d)> factors[kCount];
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i) factors[i] = hn::LoadU(d, from + i * channels + c);
        for_each_tap(g, rows, columns, [&](Index pixel, Index tap) HWY_ATTR {
          // Two sums: one alone would wait for itself.
          auto sum = hn::LoadU(d, kernel + tap + c);
          auto other = hn::Zero(d);
          const Real* const pixels = image + pixel + c;
#pragma GCC unroll 8
          for (int i = 0; i < kCount; ++i) {
            auto& to = i % 2 == 0 ? sum : other;
            to = hn::MulAdd(hn::LoadU(d, pixels + i * step), factors[i], to);
          }
          hn::StoreU(hn::Add(sum, other), d, kernel + tap + c);
        });
      });
    });
  }
}

void forward(const ConvGeometry& g, const Real* image, const Real* kernel, const Real* bias,
             Real* features) {
  correlate(g, image, {.data = kernel}, bias, features);
}

/// `turned` is the convolution from the features to the image.
void backward_data(const ConvGeometry& turned, const Real* features, const Real* kernel,
                   const Real* bias, Real* image) {
  const Index last = (turned.kernel.h * turned.kernel.w - 1) * turned.image.channels;
  correlate(turned, features, {.data = kernel, .last = last}, bias, image);
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(forward);
HWY_EXPORT(backward_data);
HWY_EXPORT(scatter);
HWY_EXPORT(backward_kernel);

namespace {

class DepthwiseProduct final : public PreparedProduct {
 public:
  DepthwiseProduct(const ConvGeometry& geometry, Product product)
      : g_(geometry),
        product_(product),
        scatters_(product == Product::backward_data && !(g_.stride == Extent2{1, 1})) {
    if (product == Product::backward_data && !scatters_) turned_ = turned(g_);
  }

  void run(const ConvOperands& operands, Real* /*scratch*/) const override {
    const auto [batch, image, kernel, features, epilogue] = operands;
    const Index image_size = g_.image.shape().size(), feature_size = g_.features.shape().size();
    if (scatters_) std::fill_n(image, batch * image_size, Real{0});
    if (product_ == Product::backward_kernel)
      std::fill_n(kernel, g_.kernel_shape().size(), Real{0});
    const Real* const bias = epilogue.bias.data;
    for (Index n = 0; n < batch; ++n) {
      Real* const x = image + n * image_size;
      Real* const y = features + n * feature_size;
      if (product_ == Product::forward)
        HWY_DYNAMIC_DISPATCH(forward)(g_, x, kernel, bias, y);
      else if (product_ == Product::backward_kernel)
        HWY_DYNAMIC_DISPATCH(backward_kernel)(g_, x, y, kernel);
      else if (scatters_)
        HWY_DYNAMIC_DISPATCH(scatter)(g_, y, kernel, x);
      else
        HWY_DYNAMIC_DISPATCH(backward_data)(turned_, y, kernel, bias, x);
    }
    ConvOperands rest = operands;
    if (!scatters_) rest.epilogue.bias = {};  // added already
    apply_epilogue(g_, product_, rest);
  }

 private:
  ConvGeometry g_;
  Product product_;
  bool scatters_;
  ConvGeometry turned_;  // of backward_data, where it does not scatter
};

}  // namespace

const Engine depthwise_engine{
    .name = "depthwise",
    .prepare = [](const ConvGeometry& g, Product product,
                  const EngineRequest&) -> std::unique_ptr<PreparedProduct> {
      return std::make_unique<DepthwiseProduct>(g, product);
    },
    .refusal = [](const ConvGeometry& g, Product) -> std::string {
      const bool apart = g.groups == g.image.channels && g.groups == g.features.channels;
      if (!apart || g.groups == 1) return "it takes as many groups as channels on both sides";
      return {};
    }};

}  // namespace adjoint
#endif
