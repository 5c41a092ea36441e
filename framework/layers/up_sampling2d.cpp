#include "framework/layers/up_sampling2d.hpp"

#include <algorithm>

#include "framework/layers/image_input.hpp"
#include "framework/layers/interpolation.hpp"
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
  const auto weights = settings_.interpolation == NewPixels::bilinear ? bilinear : bicubic;
  return std::make_unique<PreparedInterpolation>(weights({input[0], input[1]}, settings_.size),
                                                 input[1] * input[2]);
}

void UpSampling2D::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  if (pass.prepared) {
    interpolate(interpolation_of(pass.prepared), x, pass.scratch.data, pass.output.data);
  } else {
    HWY_DYNAMIC_DISPATCH(repeat_pixels)(x.shape, settings_.size, x.data, pass.output.data);
  }
}

void UpSampling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const Real* const dy = pass.output_gradient.data;
  if (pass.prepared) {
    interpolate_back(interpolation_of(pass.prepared), dy, pass.scratch.data, dx);
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
