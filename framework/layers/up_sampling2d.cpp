#include "framework/layers/up_sampling2d.hpp"

#include <algorithm>
#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// The two input pixels that an output pixel lies between, along one axis, and its share of the
/// second.
struct Neighbours {
  Index first, second;
  Real weight;
};

Neighbours neighbours(Index output, Index factor, Index input_extent, bool bilinear) {
  if (!bilinear) return {output / factor, output / factor, 0};
  const double centre = (static_cast<double>(output) + 0.5) / static_cast<double>(factor) - 0.5;
  const double below = std::floor(centre);
  const auto clamp = [&](double i) {
    return std::clamp(static_cast<Index>(i), Index{0}, input_extent - 1);
  };
  return {clamp(below), clamp(below + 1), static_cast<Real>(centre - below)};
}

/// Calls visit(output pixel, input pixel, weight) for every pair that interpolation ties, at batch
/// granularity: pixels are counted over all the images of the batch.
template <class Visit>
void for_each_tie(const Shape& input, const Extent2& size, bool bilinear, Visit visit) {
  const Index batch = input[0], h = input[1], w = input[2];
  for (Index n = 0; n < batch; ++n) {
    for (Index y = 0; y < h * size.h; ++y) {
      const Neighbours row = neighbours(y, size.h, h, bilinear);
      for (Index x = 0; x < w * size.w; ++x) {
        const Neighbours column = neighbours(x, size.w, w, bilinear);
        const Index output = (n * h * size.h + y) * w * size.w + x;
        const auto input_pixel = [&](Index i, Index j) { return (n * h + i) * w + j; };
        if (!bilinear) {
          visit(output, input_pixel(row.first, column.first), Real{1});
          continue;
        }
        const Real down = row.weight, right = column.weight;
        visit(output, input_pixel(row.first, column.first), (1 - down) * (1 - right));
        visit(output, input_pixel(row.first, column.second), (1 - down) * right);
        visit(output, input_pixel(row.second, column.first), down * (1 - right));
        visit(output, input_pixel(row.second, column.second), down * right);
      }
    }
  }
}

/// to[a] += weight * from[b], over all channels, for every tie.
void add_scaled(const Real* from, Real* to, Index channels, Real weight) {
  for (Index c = 0; c < channels; ++c) to[c] += weight * from[c];
}

}  // namespace

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
  const Index channels = x.shape.back();
  std::ranges::fill(pass.output.flat(), Real{0});
  for_each_tie(x.shape, settings_.size, settings_.interpolation == "bilinear",
               [&](Index output, Index input, Real weight) {
                 add_scaled(x.data + input * channels, pass.output.data + output * channels,
                            channels, weight);
               });
}

void UpSampling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  const Index channels = dx.shape.back();
  std::ranges::fill(dx.flat(), Real{0});
  for_each_tie(dx.shape, settings_.size, settings_.interpolation == "bilinear",
               [&](Index output, Index input, Real weight) {
                 add_scaled(pass.output_gradient.data + output * channels,
                            dx.data + input * channels, channels, weight);
               });
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
