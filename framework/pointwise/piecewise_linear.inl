// Activations that products apply to their results in registers, compiled once for every target
// that Highway chooses among at run time.

// Toggles, so that each target gets its own copy.
#if defined(ADJOINT_PIECEWISE_LINEAR_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ADJOINT_PIECEWISE_LINEAR_INL
#undef ADJOINT_PIECEWISE_LINEAR_INL
#else
#define ADJOINT_PIECEWISE_LINEAR_INL
#endif

#include <hwy/highway.h>

#include "framework/pointwise/activation.hpp"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {

/// The activations of which is_piecewise_linear() is true.
class PiecewiseLinear {
 public:
  explicit PiecewiseLinear(const Activation& f)
      : kind_(f.kind), slope_(static_cast<Real>(f.negative_slope)) {}

  template <class D>
  HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> operator()(D d, hwy::HWY_NAMESPACE::Vec<D> x) const {
    namespace hn = hwy::HWY_NAMESPACE;
    if (kind_ == Activation::Kind::relu) return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
    if (kind_ == Activation::Kind::leaky_relu)
      return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, hn::Set(d, slope_)));
    return x;
  }

 private:
  Activation::Kind kind_;
  Real slope_;
};

}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
