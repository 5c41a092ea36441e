// Convolutions of each channel apart. There is no matrix product in them: channels stay in the
// lanes of a vector, and every tap is one multiplication of vectors.

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

/// Calls visit(first feature, rows of taps, columns of taps) for every position of one image.
template <class Visit>
HWY_INLINE void for_each_position(const ConvGeometry& g, Visit visit) {
  for (Index y = 0; y < g.features.h; ++y) {
    const Taps rows(y, g.stride.h, g.padding.top, g.dilation.h, g.kernel.h, g.image.h);
    for (Index x = 0; x < g.features.w; ++x) {
      visit((y * g.features.w + x) * g.features.channels, rows,
            Taps(x, g.stride.w, g.padding.left, g.dilation.w, g.kernel.w, g.image.w));
    }
  }
}

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

void forward(const ConvGeometry& g, const Real* image, const Real* kernel, Real* features) {
  for_each_position(g, [=, &g](Index position, const Taps& rows, const Taps& columns) HWY_ATTR {
    for_each(g.image.channels, [=, &g, &rows, &columns](auto d, Index c) HWY_ATTR {
      auto sum = hn::Zero(d);
      for_each_tap(g, rows, columns, [&](Index pixel, Index tap) HWY_ATTR {
        const auto weight = hn::LoadU(d, kernel + tap + c);
        sum = hn::Add(sum, hn::Mul(hn::LoadU(d, image + pixel + c), weight));
      });
      hn::StoreU(sum, d, features + position + c);
    });
  });
}

/// to[i] += a[i] * b[i]
HWY_INLINE void add_products(Index size, const Real* a, const Real* b, Real* to) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto product = hn::Mul(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    hn::StoreU(hn::Add(hn::LoadU(d, to + i), product), d, to + i);
  });
}

/// Adds to the image.
void backward_data(const ConvGeometry& g, const Real* features, const Real* kernel, Real* image) {
  for_each_position(g, [=, &g](Index position, const Taps& rows, const Taps& columns) HWY_ATTR {
    for_each_tap(g, rows, columns, [=, &g](Index pixel, Index tap) HWY_ATTR {
      add_products(g.image.channels, features + position, kernel + tap, image + pixel);
    });
  });
}

/// Adds to the kernel.
void backward_kernel(const ConvGeometry& g, const Real* image, const Real* features, Real* kernel) {
  for_each_position(g, [=, &g](Index position, const Taps& rows, const Taps& columns) HWY_ATTR {
    for_each_tap(g, rows, columns, [=, &g](Index pixel, Index tap) HWY_ATTR {
      add_products(g.image.channels, image + pixel, features + position, kernel + tap);
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(forward);
HWY_EXPORT(backward_data);
HWY_EXPORT(backward_kernel);

namespace {

class DepthwiseProduct final : public PreparedProduct {
 public:
  DepthwiseProduct(const ConvGeometry& geometry, Product product)
      : g_(geometry), product_(product) {}

  void run(const ConvOperands& operands, Real* /*scratch*/) const override {
    const auto [batch, image, kernel, features, epilogue] = operands;
    const Index image_size = g_.image.shape().size(), feature_size = g_.features.shape().size();
    if (product_ == Product::backward_data) std::fill_n(image, batch * image_size, Real{0});
    if (product_ == Product::backward_kernel)
      std::fill_n(kernel, g_.kernel_shape().size(), Real{0});
    for (Index n = 0; n < batch; ++n) {
      Real* const x = image + n * image_size;
      Real* const y = features + n * feature_size;
      switch (product_) {
        case Product::forward:
          HWY_DYNAMIC_DISPATCH(forward)(g_, x, kernel, y);
          break;
        case Product::backward_data:
          HWY_DYNAMIC_DISPATCH(backward_data)(g_, y, kernel, x);
          break;
        case Product::backward_kernel:
          HWY_DYNAMIC_DISPATCH(backward_kernel)(g_, x, y, kernel);
          break;
      }
    }
    apply_epilogue(g_, product_, operands);
  }

 private:
  ConvGeometry g_;
  Product product_;
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
