#include "framework/layers/layer_normalization.hpp"

#include <algorithm>
#include <bitset>
#include <cmath>

#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/layer_normalization.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

// Rows that are normalized each for itself. A factor is 1 and a gradient unasked where null.

struct Moments {
  Real mean, inverse_deviation;
};

Moments moments(const Real* x, Index size, double epsilon) {
  const double count = static_cast<double>(size);
  const double mean =
      sum(size, [=](auto d, Index i) HWY_ATTR { return hn::LoadU(d, x + i); }) / count;
  const Real centre = static_cast<Real>(mean);
  const double squares = sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto v = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, centre));
    return hn::Mul(v, v);
  });
  return {centre, static_cast<Real>(1 / std::sqrt(squares / count + epsilon))};
}

template <class D>
HWY_INLINE hn::Vec<D> factor(D d, const Real* factors, Index i) {
  return factors ? hn::LoadU(d, factors + i) : hn::Set(d, Real{1});
}

/// Elements of x from i on, normalized.
template <class D>
HWY_INLINE hn::Vec<D> unit(D d, const Moments& m, const Real* x, Index i) {
  const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, m.mean));
  return hn::Mul(centred, hn::Set(d, m.inverse_deviation));
}

void normalize_rows(const Real* gamma, const Real* beta, double epsilon, const Real* x, Real* y,
                    Index size, Index row) {
  for (Index first = 0; first < size; first += row) {
    const Moments m = moments(x + first, row, epsilon);
    for_each(row, [=](auto d, Index i) HWY_ATTR {
      const auto scaled = hn::Mul(unit(d, m, x + first, i), factor(d, gamma, i));
      const auto shift = beta ? hn::LoadU(d, beta + i) : hn::Zero(d);
      hn::StoreU(hn::Add(scaled, shift), d, y + first + i);
    });
  }
}

/// dx = s * (gamma dy - mean(gamma dy) - xhat mean(gamma dy xhat)), xhat = (x - mean) * s.
void input_gradient_row(const Moments& m, const Real* gamma, const Real* x, const Real* dy,
                        Real* dx, Index size) {
  const auto through = [=](auto d, Index i)
                           HWY_ATTR { return hn::Mul(hn::LoadU(d, dy + i), factor(d, gamma, i)); };
  const double count = static_cast<double>(size);
  const Real mean = static_cast<Real>(sum(size, through) / count);
  const Real product = static_cast<Real>(
      sum(size,
          [=](auto d, Index i) HWY_ATTR { return hn::Mul(through(d, i), unit(d, m, x, i)); }) /
      count);
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto centred = hn::Sub(through(d, i), hn::Set(d, mean));
    const auto rest = hn::Sub(centred, hn::Mul(unit(d, m, x, i), hn::Set(d, product)));
    hn::StoreU(hn::Mul(rest, hn::Set(d, m.inverse_deviation)), d, dx + i);
  });
}

void add_parameter_gradients(const Moments& m, const Real* x, const Real* dy, Real* dgamma,
                             Real* dbeta, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto g = hn::LoadU(d, dy + i);
    if (dbeta) hn::StoreU(hn::Add(hn::LoadU(d, dbeta + i), g), d, dbeta + i);
    if (!dgamma) return;
    const auto slope = hn::Mul(g, unit(d, m, x, i));
    hn::StoreU(hn::Add(hn::LoadU(d, dgamma + i), slope), d, dgamma + i);
  });
}

void gradient_rows(const Real* gamma, double epsilon, const Real* x, const Real* dy, Real* dx,
                   Real* dgamma, Real* dbeta, Index size, Index row) {
  for (Index first = 0; first < size; first += row) {
    const Moments m = moments(x + first, row, epsilon);
    if (dx) input_gradient_row(m, gamma, x + first, dy + first, dx + first, row);
    if (dgamma || dbeta) add_parameter_gradients(m, x + first, dy + first, dgamma, dbeta, row);
  }
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(normalize_rows);
HWY_EXPORT(gradient_rows);

Shape LayerNormalization::normalized(const Shape& sample) const {
  const int rank = sample.rank() + 1, count = settings_.axis.list.rank();
  std::bitset<Shape::kMaxRank> axes;
  Shape shape;
  for (const Index given : settings_.axis.list) {
    const Index axis = given < 0 ? given + rank : given;
    const bool is_last = axis >= std::max(rank - count, 1) && axis < rank;
    if (!is_last || axes.test(static_cast<std::size_t>(axis))) {
      throw InputError(
          "LayerNormalization: axis must name the last axis of {} or the last few, without the "
          "batch: -1, or [{}, {}] and the like",
          rank, rank - 2, rank - 1);
    }
    axes.set(static_cast<std::size_t>(axis));
  }
  for (int axis = rank - count; axis < rank; ++axis) shape.push_back(sample[axis - 1]);
  return shape;
}

Shape LayerNormalization::output_shape(const LayerShapes& shapes) const {
  normalized(only(shapes));
  return only(shapes);
}

std::vector<ParameterSpec> LayerNormalization::parameters(const LayerShapes& shapes) const {
  const Shape shape = normalized(only(shapes));
  std::vector<ParameterSpec> specs;
  if (settings_.scale) {
    specs.push_back({.name = "gamma", .shape = shape, .initializer = Initializer::ones});
  }
  if (settings_.center) specs.push_back({.name = "beta", .shape = shape});
  return specs;
}

void LayerNormalization::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  HWY_DYNAMIC_DISPATCH(normalize_rows)
  (settings_.scale ? pass.parameters[0].data : nullptr,
   settings_.center ? pass.parameters[beta_index()].data : nullptr, settings_.epsilon, x.data,
   pass.output.data, x.size(), normalized(x.shape.sample()).size());
}

void LayerNormalization::backward(const BackwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  const View dgamma = settings_.scale ? pass.parameter_gradients[0] : View();
  const View dbeta = settings_.center ? pass.parameter_gradients[beta_index()] : View();
  if (dgamma) std::ranges::fill(dgamma.flat(), Real{0});
  if (dbeta) std::ranges::fill(dbeta.flat(), Real{0});
  HWY_DYNAMIC_DISPATCH(gradient_rows)
  (settings_.scale ? pass.parameters[0].data : nullptr, settings_.epsilon, x.data,
   pass.output_gradient.data, pass.input_gradients[0].data, dgamma.data, dbeta.data, x.size(),
   normalized(x.shape.sample()).size());
}

void LayerNormalization::Settings::keys(Keys& key) {
  key("axis", axis, "last axis or axes to normalize over: [1, 2, 3] for an image");
  key("epsilon", epsilon, "added to the variance", at_least(0.0));
  key("center", center, "shift by a learned beta");
  key("scale", scale, "scale by a learned gamma");
}

bool ConfigType<Axes>::read(const ConfigValue& from, Axes& value) {
  Index axis = 0;
  if (!ConfigType<Index>::read(from, axis)) {
    return ConfigType<Shape>::read(from, value.list) && !value.list.empty();
  }
  value.list = {axis};
  return true;
}

std::optional<ConfigValue> ConfigType<Axes>::write(const Axes& value) {
  if (value.list.rank() == 1) return value.list[0];
  return ConfigType<Shape>::write(value.list);
}

}  // namespace adjoint
#endif
