#include "framework/layers/prelu.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/prelu.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/simd.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

// Over one sample, for which alpha was repeated.

void prelu(const Real* alpha, const Real* x, Real* y, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto v = hn::LoadU(d, x + i);
    const auto below = hn::Mul(hn::LoadU(d, alpha + i), v);
    hn::StoreU(hn::IfThenElse(hn::Gt(v, hn::Zero(d)), v, below), d, y + i);
  });
}

void prelu_input_gradient(const Real* alpha, const Real* x, const Real* dy, Real* dx, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto g = hn::LoadU(d, dy + i);
    const auto below = hn::Mul(hn::LoadU(d, alpha + i), g);
    hn::StoreU(hn::IfThenElse(hn::Gt(hn::LoadU(d, x + i), hn::Zero(d)), g, below), d, dx + i);
  });
}

/// slope += dy * min(x, 0)
void add_alpha_gradient(const Real* x, const Real* dy, Real* slope, Index size) {
  for_each(size, [=](auto d, Index i) HWY_ATTR {
    const auto below = hn::Min(hn::LoadU(d, x + i), hn::Zero(d));
    const auto share = hn::Mul(hn::LoadU(d, dy + i), below);
    hn::StoreU(hn::Add(hn::LoadU(d, slope + i), share), d, slope + i);
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(prelu);
HWY_EXPORT(prelu_input_gradient);
HWY_EXPORT(add_alpha_gradient);

namespace {

/// Room for numbers of one sample: alpha repeated, and its gradient before it is summed.
struct PreparedPReLU final : Prepared {
  explicit PreparedPReLU(const Shape& sample) : sample(sample) {}
  Index scratch_size() const override { return 2 * sample.size(); }
  Shape sample;
};

/// Calls visit(element of the sample, element of alpha) in order.
template <class Visit>
void for_each_pair(const Shape& sample, const Shape& alpha, Visit visit) {
  Index strides[Shape::kMaxRank] = {};  // in alpha; 0 along its shared axes
  Index stride = 1;
  for (int axis = sample.rank() - 1; axis >= 0; --axis) {
    strides[axis] = alpha[axis] == 1 ? 0 : stride;
    stride *= alpha[axis];
  }
  Index position[Shape::kMaxRank] = {};
  Index from = 0;
  for (Index i = 0; i < sample.size(); ++i) {
    visit(i, from);
    for (int axis = sample.rank() - 1; axis >= 0; --axis) {
      from += strides[axis];
      if (++position[axis] < sample[axis]) break;
      from -= strides[axis] * sample[axis];
      position[axis] = 0;
    }
  }
}

/// alpha, repeated over one sample.
template <class Pass>
Real* repeated_alpha(const Pass& pass) {
  const ConstView alpha = pass.parameters[0];
  Real* const repeated = pass.scratch.data;
  for_each_pair(static_cast<const PreparedPReLU&>(*pass.prepared).sample, alpha.shape,
                [&](Index i, Index from) { repeated[i] = alpha[from]; });
  return repeated;
}

}  // namespace

Shape PReLU::alpha_shape(const Shape& sample) const {
  Shape shape = sample;
  for (const Index axis : settings_.shared_axes) {
    if (axis < 1 || axis > sample.rank()) {
      throw InputError("PReLU: shared_axes has {}; expected 1 ... {}", axis, sample.rank());
    }
    shape[static_cast<int>(axis) - 1] = 1;
  }
  return shape;
}

Shape PReLU::output_shape(const LayerShapes& shapes) const {
  alpha_shape(only(shapes));
  return only(shapes);
}

std::vector<ParameterSpec> PReLU::parameters(const LayerShapes& shapes) const {
  return {{.name = "alpha",
           .shape = alpha_shape(only(shapes)),
           .initializer = settings_.alpha_initializer,
           .regularizer = settings_.alpha_regularizer}};
}

std::unique_ptr<Prepared> PReLU::prepare(const LayerShapes& shapes, const PrepareRequest&) const {
  return std::make_unique<PreparedPReLU>(only(shapes));
}

void PReLU::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  const Index size = x.shape.sample().size();
  const Real* const alpha = repeated_alpha(pass);
  for (Index i = 0; i < x.size(); i += size) {
    HWY_DYNAMIC_DISPATCH(prelu)(alpha, x.data + i, pass.output.data + i, size);
  }
}

void PReLU::backward(const BackwardPass& pass) const {
  const ConstView x = pass.inputs[0], dy = pass.output_gradient;
  const Index size = x.shape.sample().size();
  if (const View dx = pass.input_gradients[0]) {
    const Real* const alpha = repeated_alpha(pass);
    for (Index i = 0; i < x.size(); i += size) {
      HWY_DYNAMIC_DISPATCH(prelu_input_gradient)
      (alpha, x.data + i, dy.data + i, dx.data + i, size);
    }
  }
  if (const View dalpha = pass.parameter_gradients[0]) {
    Real* const slope = pass.scratch.data + size;
    std::fill_n(slope, size, Real{0});
    for (Index i = 0; i < x.size(); i += size) {
      HWY_DYNAMIC_DISPATCH(add_alpha_gradient)(x.data + i, dy.data + i, slope, size);
    }
    std::ranges::fill(dalpha.flat(), Real{0});
    for_each_pair(x.shape.sample(), dalpha.shape,
                  [&](Index i, Index to) { dalpha[to] += slope[i]; });
  }
}

void PReLU::Settings::keys(Keys& key) {
  key("alpha_initializer", alpha_initializer, "initializer of the slopes below 0");
  key("alpha_regularizer", alpha_regularizer,
      "adds l1 * sum |a| + l2 * sum a^2 of the slopes to the loss");
  key("shared_axes", shared_axes,
      "axes that share one slope: [1, 2] for one slope per channel of an image");
}

}  // namespace adjoint
#endif
