#include "framework/layers/up_sampling2d.hpp"

#include <algorithm>
#include <cmath>

#include "framework/layers/interpolation.hpp"
#include "framework/tensor/cubic.hpp"
#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/up_sampling2d.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

// `small` and `large` are the two sides: (N, h, w, C) and (N, h*size, w*size, C).

void repeat_pixels(const Shape& shape, const Extent2& size, const Real* small, Real* large) {
  const Index rows = shape[0] * shape[1], w = shape[2], channels = shape[3];
  const Index large_row = w * size.w * channels;
  for (Index y = 0; y < rows; ++y) {
    Real* const first = large + y * size.h * large_row;
    Real* to = first;
    for (Index x = 0; x < w; ++x) {
      const Real* const from = small + (y * w + x) * channels;
      for (Index copy = 0; copy < size.w; ++copy, to += channels) {
        for_each(channels,
                 [=](auto d, Index c) HWY_ATTR { hn::StoreU(hn::LoadU(d, from + c), d, to + c); });
      }
    }
    for (Index copy = 1; copy < size.h; ++copy) {
      std::copy_n(first, large_row, first + copy * large_row);
    }
  }
}

void sum_blocks(const Shape& shape, const Extent2& size, const Real* large, Real* small) {
  const Index rows = shape[0] * shape[1], w = shape[2], channels = shape[3];
  const Index large_row = w * size.w * channels;
  for (Index y = 0; y < rows; ++y) {
    for (Index x = 0; x < w; ++x) {
      const Real* const block = large + y * size.h * large_row + x * size.w * channels;
      Real* const to = small + (y * w + x) * channels;
      for_each(channels, [=, &size](auto d, Index c) HWY_ATTR {
        auto sum = hn::Zero(d);
        for (Index i = 0; i < size.h; ++i) {
          for (Index j = 0; j < size.w; ++j) {
            sum = hn::Add(sum, hn::LoadU(d, block + i * large_row + j * channels + c));
          }
        }
        hn::StoreU(sum, d, to + c);
      });
    }
  }
}

/// to[i] = sum over taps of weight * from[at * pitch + i].
template <int K>
HWY_INLINE void gather(const Taps& taps, const Real* from, Index pitch, Index size, Real* to) {
  for_each(size, [=, &taps](auto d, Index i) HWY_ATTR {
    auto sum = hn::Zero(d);
    for (int k = 0; k < K; ++k) {
      const auto pixel = hn::LoadU(d, from + taps.at[k] * pitch + i);
      sum = hn::Add(sum, hn::Mul(hn::Set(d, taps.weight[k]), pixel));
    }
    hn::StoreU(sum, d, to + i);
  });
}

/// The transpose: to[at * pitch + i] += weight * from[i].
template <int K>
HWY_INLINE void scatter(const Taps& taps, const Real* from, Index pitch, Index size, Real* to) {
  for_each(size, [=, &taps](auto d, Index i) HWY_ATTR {
    const auto gradient = hn::LoadU(d, from + i);
    // One after the other: at the border some of them are the same pixel.
    for (int k = 0; k < K; ++k) {
      Real* const pixel = to + taps.at[k] * pitch + i;
      const auto share = hn::Mul(hn::Set(d, taps.weight[k]), gradient);
      hn::StoreU(hn::Add(hn::LoadU(d, pixel), share), d, pixel);
    }
  });
}

// Interpolation. Rows first: a row of the large image's height and the small one's width lies in
// `row`.

template <int K>
HWY_INLINE void enlarge_by(const Interpolation& by, const Shape& shape, const Real* small,
                           Real* row, Real* large) {
  const Index channels = shape[3], pitch = shape[2] * channels;
  for (Index n = 0; n < shape[0]; ++n, small += shape[1] * pitch) {
    for (const Taps& vertical : by.rows) {
      gather<K>(vertical, small, pitch, pitch, row);
      for (const Taps& horizontal : by.columns) {
        gather<K>(horizontal, row, channels, channels, large);
        large += channels;
      }
    }
  }
}

template <int K>
HWY_INLINE void enlarge_back_by(const Interpolation& by, const Shape& shape, const Real* large,
                                Real* row, Real* small) {
  const Index channels = shape[3], pitch = shape[2] * channels;
  std::fill_n(small, shape.size(), Real{0});
  for (Index n = 0; n < shape[0]; ++n, small += shape[1] * pitch) {
    for (const Taps& vertical : by.rows) {
      std::fill_n(row, pitch, Real{0});
      for (const Taps& horizontal : by.columns) {
        scatter<K>(horizontal, large, channels, channels, row);
        large += channels;
      }
      scatter<K>(vertical, row, pitch, pitch, small);
    }
  }
}

void enlarge(const Interpolation& by, const Shape& shape, const Real* small, Real* row,
             Real* large) {
  by.taps == 2 ? enlarge_by<2>(by, shape, small, row, large)
               : enlarge_by<4>(by, shape, small, row, large);
}

void enlarge_back(const Interpolation& by, const Shape& shape, const Real* large, Real* row,
                  Real* small) {
  by.taps == 2 ? enlarge_back_by<2>(by, shape, large, row, small)
               : enlarge_back_by<4>(by, shape, large, row, small);
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

namespace {

/// Weights of "bilinear" and "bicubic"; "nearest" needs none.
struct PreparedInterpolation final : Prepared {
  PreparedInterpolation(Interpolation interpolation, Index row)
      : interpolation(std::move(interpolation)), row(row) {}
  Index scratch_size() const override { return row; }
  Interpolation interpolation;
  Index row;  // elements of a row of the small image
};

const Interpolation& interpolation_of(const Prepared* prepared) {
  return static_cast<const PreparedInterpolation*>(prepared)->interpolation;
}

HWY_EXPORT(repeat_pixels);
HWY_EXPORT(sum_blocks);
HWY_EXPORT(enlarge);
HWY_EXPORT(enlarge_back);

/// Calls taps_at(pixel below, distance from it) for every pixel of the large axis.
template <class TapsAt>
std::vector<Taps> axis_taps(Index extent, Index factor, TapsAt taps_at) {
  std::vector<Taps> taps;
  for (Index i = 0; i < extent; ++i) {
    for (Index phase = 0; phase < factor; ++phase) {
      const double centre = (static_cast<double>(phase) + 0.5) / static_cast<double>(factor) - 0.5;
      const Index below = centre < 0 ? -1 : 0;
      taps.push_back(taps_at(i + below, centre - static_cast<double>(below)));
    }
  }
  return taps;
}

/// Straight lines between neighbours; beyond the border, the pixel at the border again.
std::vector<Taps> bilinear_taps(Index extent, Index factor) {
  return axis_taps(extent, factor, [&](Index below, double distance) {
    return Taps{.at = {std::max<Index>(below, 0), std::min(below + 1, extent - 1)},
                .weight = {static_cast<Real>(1 - distance), static_cast<Real>(distance)}};
  });
}

std::vector<Taps> bicubic_taps(Index extent, Index factor) {
  return axis_taps(extent, factor, [&](Index below, double distance) {
    std::array<double, 4> weights{};
    Taps taps;
    double sum = 0;
    for (int k = 0; k < 4; ++k) {
      const Index pixel = below + k - 1;
      taps.at[k] = std::clamp<Index>(pixel, 0, extent - 1);
      weights[k] = taps.at[k] == pixel ? keys_cubic(std::abs(k - 1 - distance)) : 0;
      sum += weights[k];
    }
    for (int k = 0; k < 4; ++k) taps.weight[k] = static_cast<Real>(weights[k] / sum);
    return taps;
  });
}

}  // namespace

Shape UpSampling2D::output_shape(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  if (settings_.size.h < 1 || settings_.size.w < 1) {
    throw InputError("UpSampling2D: size must be at least 1x1, got {}x{}", settings_.size.h,
                     settings_.size.w);
  }
  return {image.h * settings_.size.h, image.w * settings_.size.w, image.channels};
}

std::unique_ptr<Prepared> UpSampling2D::prepare(const LayerShapes& shapes,
                                                const PrepareRequest&) const {
  if (settings_.interpolation == NewPixels::nearest) return nullptr;
  const Shape& input = only(shapes);
  const bool linear = settings_.interpolation == NewPixels::bilinear;
  const auto taps = linear ? bilinear_taps : bicubic_taps;
  return std::make_unique<PreparedInterpolation>(
      Interpolation{linear ? 2 : 4, taps(input[0], settings_.size.h),
                    taps(input[1], settings_.size.w)},
      input[1] * input[2]);
}

void UpSampling2D::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  if (pass.prepared) {
    HWY_DYNAMIC_DISPATCH(enlarge)
    (interpolation_of(pass.prepared), x.shape, x.data, pass.scratch.data, pass.output.data);
  } else {
    HWY_DYNAMIC_DISPATCH(repeat_pixels)(x.shape, settings_.size, x.data, pass.output.data);
  }
}

void UpSampling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const Real* const dy = pass.output_gradient.data;
  if (pass.prepared) {
    HWY_DYNAMIC_DISPATCH(enlarge_back)
    (interpolation_of(pass.prepared), dx.shape, dy, pass.scratch.data, dx.data);
  } else {
    HWY_DYNAMIC_DISPATCH(sum_blocks)(dx.shape, settings_.size, dy, dx.data);
  }
}

LayerWindow UpSampling2D::window(const LayerShapes&) const {
  // Between the centres of two pixels an output takes both, and as many more to either side.
  constexpr Index kTaps[] = {1, 2, 4};
  const Index taps = kTaps[static_cast<std::size_t>(settings_.interpolation)];
  const auto axis = [=](Index size) {
    return WindowAxis{.kernel = taps * size,
                      .stride = size,
                      .pad_before = taps == 1 ? 0 : (taps / 2 - 1) * size + size / 2,
                      .up = true};
  };
  return {axis(settings_.size.h), axis(settings_.size.w)};
}

void UpSampling2D::Settings::keys(Keys& key) {
  key("size", size, "upscaling factors of height and width", at_least<Index>(1));
  key("interpolation", interpolation, "interpolation of the new pixels");
}

}  // namespace adjoint
#endif
