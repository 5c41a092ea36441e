#include "framework/layers/up_sampling2d.hpp"

#include <algorithm>
#include <cmath>

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

/// The two small pixels that a large one lies between, along one axis, and its share of the second.
struct Neighbours {
  Index first, second;
  Real weight;
};

/// Neighbours of large pixel i * factor + phase, for every i: only `first` depends on i.
struct Phase {
  Index below;  // relative to i
  Real weight;

  Phase(Index phase, Index factor) {
    const double centre = (static_cast<double>(phase) + 0.5) / static_cast<double>(factor) - 0.5;
    below = centre < 0 ? -1 : 0;
    weight = static_cast<Real>(centre - static_cast<double>(below));
  }
  Neighbours at(Index i, Index extent) const {
    return {std::max<Index>(i + below, 0), std::min(i + below + 1, extent - 1), weight};
  }
};

/// Calls visit(large pixel, row neighbours, column neighbours), pixels counted from their image on.
template <class Visit>
HWY_INLINE void for_each_large_pixel(const Shape& shape, const Extent2& size, Visit visit) {
  const Index h = shape[1], w = shape[2];
  for (Index y = 0; y < h * size.h; ++y) {
    const Neighbours row = Phase(y % size.h, size.h).at(y / size.h, h);
    for (Index j = 0; j < size.w; ++j) {
      const Phase phase(j, size.w);
      for (Index x = 0; x < w; ++x) visit((y * w + x) * size.w + j, row, phase.at(x, w));
    }
  }
}

void interpolate(const Shape& shape, const Extent2& size, const Real* small, Real* large) {
  const Index w = shape[2], channels = shape[3];
  for (Index n = 0; n < shape[0]; ++n) {
    const Real* const image = small + n * shape[1] * w * channels;
    Real* const output = large + n * shape[1] * size.h * w * size.w * channels;
    for_each_large_pixel(
        shape, size, [=](Index pixel, const Neighbours& row, const Neighbours& column) HWY_ATTR {
          const Real* const above = image + row.first * w * channels;
          const Real* const below = image + row.second * w * channels;
          const Index left = column.first * channels, right = column.second * channels;
          const Real down = row.weight, along = column.weight;
          for_each(channels, [=](auto d, Index c) HWY_ATTR {
            const auto term = [=](Real weight, const Real* from) HWY_ATTR {
              return hn::Mul(hn::Set(d, weight), hn::LoadU(d, from + c));
            };
            const auto top = hn::Add(term((1 - down) * (1 - along), above + left),
                                     term((1 - down) * along, above + right));
            const auto bottom =
                hn::Add(term(down * (1 - along), below + left), term(down * along, below + right));
            hn::StoreU(hn::Add(top, bottom), d, output + pixel * channels + c);
          });
        });
  }
}

/// The transpose of interpolate(); adds to `small`.
void spread(const Shape& shape, const Extent2& size, const Real* large, Real* small) {
  const Index w = shape[2], channels = shape[3];
  for (Index n = 0; n < shape[0]; ++n) {
    Real* const image = small + n * shape[1] * w * channels;
    const Real* const gradient = large + n * shape[1] * size.h * w * size.w * channels;
    for_each_large_pixel(
        shape, size, [=](Index pixel, const Neighbours& row, const Neighbours& column) HWY_ATTR {
          Real* const above = image + row.first * w * channels;
          Real* const below = image + row.second * w * channels;
          const Index left = column.first * channels, right = column.second * channels;
          const Real down = row.weight, along = column.weight;
          for_each(channels, [=](auto d, Index c) HWY_ATTR {
            const auto dy = hn::LoadU(d, gradient + pixel * channels + c);
            // One after the other: at the border some of the four are the same pixel.
            const auto add = [=](Real weight, Real* to) HWY_ATTR {
              hn::StoreU(hn::Add(hn::LoadU(d, to + c), hn::Mul(hn::Set(d, weight), dy)), d, to + c);
            };
            add((1 - down) * (1 - along), above + left);
            add((1 - down) * along, above + right);
            add(down * (1 - along), below + left);
            add(down * along, below + right);
          });
        });
  }
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(repeat_pixels);
HWY_EXPORT(sum_blocks);
HWY_EXPORT(interpolate);
HWY_EXPORT(spread);

Shape UpSampling2D::output_shape(const LayerShapes& shapes) const {
  const Shape& input = only(shapes);
  if (input.rank() != 3) {
    throw InputError("UpSampling2D expects an image (height x width x channels), got {}",
                     to_string(input));
  }
  if (settings_.size.h < 1 || settings_.size.w < 1) {
    throw InputError("UpSampling2D: size must be at least 1x1, got {}x{}", settings_.size.h,
                     settings_.size.w);
  }
  return {input[0] * settings_.size.h, input[1] * settings_.size.w, input[2]};
}

void UpSampling2D::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  const auto enlarge = settings_.interpolation == "bilinear" ? HWY_DYNAMIC_DISPATCH(interpolate)
                                                             : HWY_DYNAMIC_DISPATCH(repeat_pixels);
  enlarge(x.shape, settings_.size, x.data, pass.output.data);
}

void UpSampling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const Real* const dy = pass.output_gradient.data;
  if (settings_.interpolation == "bilinear") {
    std::ranges::fill(dx.flat(), Real{0});
    HWY_DYNAMIC_DISPATCH(spread)(dx.shape, settings_.size, dy, dx.data);
  } else {
    HWY_DYNAMIC_DISPATCH(sum_blocks)(dx.shape, settings_.size, dy, dx.data);
  }
}

Layer::Window UpSampling2D::window() const {
  const bool bilinear = settings_.interpolation == "bilinear";
  return {.kernel = bilinear ? Extent2{2 * settings_.size.h, 2 * settings_.size.w} : settings_.size,
          .stride = settings_.size,
          .upsamples = true};
}

void UpSampling2D::Settings::keys(Keys& key) {
  key("size", size, "factors of height and width", at_least<Index>(1));
  key("interpolation", interpolation, "how new pixels are made", one_of({"nearest", "bilinear"}));
}

}  // namespace adjoint
#endif
