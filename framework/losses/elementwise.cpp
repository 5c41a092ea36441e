#include "framework/losses/elementwise.hpp"

#include "framework/losses/binary_crossentropy.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/losses/elementwise.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/activation.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// The mean of loss(d, difference, slope) over the elements; the gradient is slope / count.
template <class Formula>
HWY_INLINE double mean(const LossPass& pass, Real factor, Formula loss) {
  const Real *prediction = pass.prediction.data, *target = pass.target.data;
  Real* gradient = pass.gradient.data;
  const double count = static_cast<double>(pass.count);
  const Real scale = static_cast<Real>(static_cast<double>(factor) / count);
  return sum(pass.prediction.size(),
             [=](auto d, Index i) HWY_ATTR {
               const auto difference =
                   hn::Sub(hn::LoadU(d, prediction + i), hn::LoadU(d, target + i));
               auto slope = difference;
               const auto value = loss(d, difference, slope);
               if (gradient) hn::StoreU(hn::Mul(hn::Set(d, scale), slope), d, gradient + i);
               return value;
             }) /
         count;
}

// A slope is the derivative, divided by the first number.

double squared(const LossPass& pass, Real /*unused*/) {
  return mean(pass, 2, [](auto, auto difference, auto&) HWY_ATTR {
    return hn::Mul(difference, difference);
  });
}

double absolute(const LossPass& pass, Real /*unused*/) {
  return mean(pass, 1, [](auto d, auto difference, auto& slope) HWY_ATTR {
    const auto sign = hn::CopySign(hn::Set(d, Real{1}), difference);
    slope = hn::IfThenZeroElse(hn::Eq(difference, hn::Zero(d)), sign);
    return hn::Abs(difference);
  });
}

double huber(const LossPass& pass, Real delta) {
  return mean(pass, 1, [=](auto d, auto difference, auto& slope) HWY_ATTR {
    const auto distance = hn::Abs(difference), limit = hn::Set(d, delta);
    const auto half = hn::Set(d, Real(0.5));
    const auto near = hn::Le(distance, limit);  // false for NaN
    slope = hn::IfThenElse(near, difference, hn::CopySign(limit, difference));
    const auto parabola = hn::Mul(half, hn::Mul(difference, difference));
    const auto line = hn::Mul(limit, hn::Sub(distance, hn::Mul(half, limit)));
    return hn::IfThenElse(near, parabola, line);
  });
}

double charbonnier(const LossPass& pass, Real epsilon) {
  return mean(pass, 1, [=](auto d, auto difference, auto& slope) HWY_ATTR {
    const auto round = hn::Set(d, epsilon * epsilon);
    const auto root = hn::Sqrt(hn::Add(hn::Mul(difference, difference), round));
    slope = hn::Div(difference, root);
    return root;
  });
}

// Cross-entropies: the sum of the losses; gradient = scale * derivative, where it has data.

double crossentropy_of_logits(const Real* logit, const Real* target, Real* gradient, Real scale,
                              Index size) {
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto z = hn::LoadU(d, logit + i), t = hn::LoadU(d, target + i);
    const auto tail = hn::Exp(d, hn::Neg(hn::Abs(z)));
    if (gradient) {
      const auto derivative = hn::Sub(sigmoid_from_tail(d, z, tail), t);
      hn::StoreU(hn::Mul(hn::Set(d, scale), derivative), d, gradient + i);
    }
    const auto line = hn::Sub(hn::Max(z, hn::Zero(d)), hn::Mul(z, t));
    return hn::Add(line, hn::Log1p(d, tail));
  });
}

double crossentropy_of_probabilities(const Real* probability, const Real* target, Real* gradient,
                                     Real scale, Index size) {
  constexpr Real kMargin = Real(1e-7);
  return sum(size, [=](auto d, Index i) HWY_ATTR {
    const auto p = hn::LoadU(d, probability + i), t = hn::LoadU(d, target + i);
    const auto one = hn::Set(d, Real{1});
    const auto cut = hn::Min(hn::Max(p, hn::Set(d, kMargin)), hn::Set(d, 1 - kMargin));
    if (gradient) {
      const auto slope = hn::Div(hn::Sub(p, t), hn::Mul(p, hn::Sub(one, p)));
      const auto derivative = hn::IfThenElseZero(hn::Eq(cut, p), slope);
      hn::StoreU(hn::Mul(hn::Set(d, scale), derivative), d, gradient + i);
    }
    const auto hit = hn::Mul(t, hn::Log(d, cut));
    const auto miss = hn::Mul(hn::Sub(one, t), hn::Log1p(d, hn::Neg(cut)));
    return unless_nan(p, hn::Neg(hn::Add(hit, miss)));
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(squared);
HWY_EXPORT(absolute);
HWY_EXPORT(huber);
HWY_EXPORT(charbonnier);
HWY_EXPORT(crossentropy_of_logits);
HWY_EXPORT(crossentropy_of_probabilities);

double MeanSquaredError::evaluate(const LossPass& pass) const {
  return HWY_DYNAMIC_DISPATCH(squared)(pass, 0);
}
double MeanAbsoluteError::evaluate(const LossPass& pass) const {
  return HWY_DYNAMIC_DISPATCH(absolute)(pass, 0);
}
double Huber::evaluate(const LossPass& pass) const {
  return HWY_DYNAMIC_DISPATCH(huber)(pass, static_cast<Real>(settings_.delta));
}
double Charbonnier::evaluate(const LossPass& pass) const {
  return HWY_DYNAMIC_DISPATCH(charbonnier)(pass, static_cast<Real>(settings_.epsilon));
}

double BinaryCrossentropy::evaluate(const LossPass& pass) const {
  const double count = static_cast<double>(pass.count);
  const auto evaluate = pass.absorbed ? HWY_DYNAMIC_DISPATCH(crossentropy_of_logits)
                                      : HWY_DYNAMIC_DISPATCH(crossentropy_of_probabilities);
  return evaluate(pass.prediction.data, pass.target.data, pass.gradient.data,
                  static_cast<Real>(1.0 / count), pass.prediction.size()) /
         count;
}

void Huber::Settings::keys(Keys& key) {
  key("delta", delta, "error at which the loss turns from quadratic to linear", greater_than(0.0));
}
void Charbonnier::Settings::keys(Keys& key) {
  key("epsilon", epsilon, "error below which the loss is nearly quadratic", at_least(1e-9));
}

}  // namespace adjoint
#endif
