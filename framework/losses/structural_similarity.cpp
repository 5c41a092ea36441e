#include "framework/losses/structural_similarity.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/losses/structural_similarity.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// to[i] = sum over k of weights[k] * from[i + k * step], for symmetric weights.
HWY_INLINE void blur_axis(const Real* from, Real* to, Index size, Index step, const Real* weights,
                          Index window) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const Real *left = from + i, *right = left + (window - 1) * step;
    auto sum = hn::Zero(d);
    for (Index k = 0; k < window / 2; ++k, left += step, right -= step) {
      const auto pair = hn::Add(hn::LoadU(d, left), hn::LoadU(d, right));
      sum = hn::Add(sum, hn::Mul(hn::Set(d, weights[k]), pair));
    }
    if (window % 2 == 1) {
      sum = hn::Add(sum, hn::Mul(hn::Set(d, weights[window / 2]), hn::LoadU(d, left)));
    }
    hn::StoreU(sum, d, to + i);
  });
}

/// The weighted means of all windows within an image, by way of `rows`: height times
/// (width - window + 1) elements.
void blur_lanes(const Real* image, Index height, Index width, const Real* weights, Index window,
                Real* rows, Real* to) {
  const Index columns = width - window + 1;
  for (Index y = 0; y < height; ++y) {
    blur_axis(image + y * width, rows + y * columns, columns, 1, weights, window);
  }
  blur_axis(rows, to, (height - window + 1) * columns, columns, weights, window);
}

void multiply_lanes(const Real* a, const Real* b, Real* product, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, product + i);
  });
}

/// total += factor * a * b
void add_product_lanes(Real factor, const Real* a, const Real* b, Real* total, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto product = hn::Mul(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    const auto more = hn::Mul(hn::Set(d, factor), product);
    hn::StoreU(hn::Add(hn::LoadU(d, total + i), more), d, total + i);
  });
}

/// The sum of the windows' similarities, from their weighted means of x, y, x^2, y^2 and xy. With a
/// slope, puts slope times the derivatives by the means of x, x^2 and xy in place of these.
double compare_lanes(bool luminance, Real slope, Real* x, const Real* y, Real* xx, const Real* yy,
                     Real* xy, Index size) {
  constexpr Real kC1 = Real(1e-4), kC2 = Real(9e-4);
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto two = hn::Set(d, Real(2)), one = hn::Set(d, Real(1)), zero = hn::Zero(d);
    const auto c1 = hn::Set(d, kC1), c2 = hn::Set(d, kC2);
    const auto mx = hn::LoadU(d, x + i), my = hn::LoadU(d, y + i);
    const auto mx2 = hn::Mul(mx, mx), my2 = hn::Mul(my, my), mxy = hn::Mul(mx, my);
    // Rounding may leave a variance below 0.
    const auto vx = hn::Max(hn::Sub(hn::LoadU(d, xx + i), mx2), zero);
    const auto vy = hn::Max(hn::Sub(hn::LoadU(d, yy + i), my2), zero);
    const auto covariance = hn::Sub(hn::LoadU(d, xy + i), mxy);
    const auto spread = hn::Add(hn::Add(vx, vy), c2);
    const auto structure = hn::Div(hn::Add(hn::Mul(two, covariance), c2), spread);
    const auto means = hn::Add(hn::Add(mx2, my2), c1);
    const auto light = luminance ? hn::Div(hn::Add(hn::Mul(two, mxy), c1), means) : one;
    const auto similarity = hn::Mul(light, structure);
    if (slope != 0) {
      const auto scale = hn::Set(d, slope);
      const auto by_xx = hn::Neg(hn::Div(similarity, spread));
      const auto by_xy = hn::Mul(two, hn::Div(light, spread));
      const auto by_light =
          luminance
              ? hn::Mul(structure, hn::Mul(two, hn::Div(hn::Sub(my, hn::Mul(mx, light)), means)))
              : zero;
      // The variance and the covariance contain the mean, too.
      const auto inner = hn::Add(hn::Mul(hn::Mul(two, mx), by_xx), hn::Mul(my, by_xy));
      hn::StoreU(hn::Mul(scale, hn::Sub(by_light, inner)), d, x + i);
      hn::StoreU(hn::Mul(scale, by_xx), d, xx + i);
      hn::StoreU(hn::Mul(scale, by_xy), d, xy + i);
    }
    return similarity;
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(blur_lanes);
HWY_EXPORT(multiply_lanes);
HWY_EXPORT(add_product_lanes);
HWY_EXPORT(compare_lanes);

void SsimWindow::keys(Keys& key) {
  key("window", window, "side of the SSIM window, in pixels", at_least<Index>(2));
  key("sigma", sigma, "standard deviation of the window's Gaussian weights, in pixels",
      greater_than(0.0));
}

StructuralSimilarity::StructuralSimilarity(const SsimWindow& window) {
  std::vector<double> weights;
  double sum = 0;
  for (Index i = 0; i < window.window; ++i) {
    const double t =
        (static_cast<double>(i) - static_cast<double>(window.window - 1) / 2) / window.sigma;
    weights.push_back(std::exp(-t * t / 2));
    sum += weights.back();
  }
  for (const double weight : weights) weights_.push_back(static_cast<Real>(weight / sum));
}

Index StructuralSimilarity::scratch_size(Index height, Index width) const {
  const Index border = window() - 1;
  const Index windows = (height - border) * (width - border);
  return 5 * windows + height * width + (height + border) * width +
         (height + border) * (width + border);
}

double StructuralSimilarity::mean(Of what, ConstView x, ConstView y, View gradient,
                                  View scratch) const {
  const Index height = x.shape[0], width = x.shape[1], size = height * width;
  const Index border = window() - 1, rows = height - border, columns = width - border;
  const Index windows = rows * columns;
  Real* const mx = scratch.data;  // means over each window: of x, y, x^2, y^2 and xy
  Real* const my = mx + windows;
  Real* const mxx = my + windows;
  Real* const myy = mxx + windows;
  Real* const mxy = myy + windows;
  Real* const image = mxy + windows;
  Real* const passed = image + size;  // between the two axes of a blur
  Real* const framed = passed + (height + border) * width;

  const auto blur = [&](const Real* from, Index h, Index w, Real* to) {
    HWY_DYNAMIC_DISPATCH(blur_lanes)(from, h, w, weights_.data(), window(), passed, to);
  };
  const auto blur_product = [&](ConstView a, ConstView b, Real* to) {
    HWY_DYNAMIC_DISPATCH(multiply_lanes)(a.data, b.data, image, size);
    blur(image, height, width, to);
  };
  blur(x.data, height, width, mx);
  blur(y.data, height, width, my);
  blur_product(x, x, mxx);
  blur_product(y, y, myy);
  blur_product(x, y, mxy);

  const double count = static_cast<double>(windows);
  const Real slope = gradient ? static_cast<Real>(1 / count) : 0;
  const double sum = HWY_DYNAMIC_DISPATCH(compare_lanes)(what == Of::luminance_times_structure,
                                                         slope, mx, my, mxx, myy, mxy, windows);
  if (!gradient) return sum / count;

  // The adjoint of a blur over windows within the image is a blur over all that reach into it.
  const Index framed_width = width + border;
  std::fill_n(framed, (height + border) * framed_width, Real{0});
  const auto spread = [&](const Real* map, Real* to) {
    for (Index r = 0; r < rows; ++r) {
      std::copy_n(map + r * columns, columns, framed + (r + border) * framed_width + border);
    }
    blur(framed, height + border, framed_width, to);
  };
  spread(mx, gradient.data);
  spread(mxx, image);
  HWY_DYNAMIC_DISPATCH(add_product_lanes)(2, x.data, image, gradient.data, size);
  spread(mxy, image);
  HWY_DYNAMIC_DISPATCH(add_product_lanes)(1, y.data, image, gradient.data, size);
  return sum / count;
}

}  // namespace adjoint
#endif
