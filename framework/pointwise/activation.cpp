#include "framework/pointwise/activation.hpp"

#include <fmt/ranges.h>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/pointwise/activation.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/activation.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// exp(x^2) erfc(x) for x >= 0, to a relative error of 1e-8 in float and 3e-15 in double.
template <class D, class V>
HWY_INLINE V scaled_erfc(D d, V x) {
  // With t = 3 / (3 + x), the function over t as a Chebyshev series in 2t - 1: the coefficients are
  // a discrete cosine transform of values that were computed with 60 digits.
  constexpr double kSeries[] = {
      0.47114607466029057,     0.37715894969156577,     0.11803603344749544,
      0.02836234669969516,     0.004871757757605529,    0.00045985238787653776,
      -2.143022238105622e-05,  -1.3014473699289134e-05, -8.809283583525543e-07,
      2.7464800493130304e-07,  4.415991901781287e-08,   -6.398408284683891e-09,
      -1.6768358183464707e-09, 1.9473343308244276e-10,  6.247432201197019e-11,
      -8.12445481261174e-12,   -2.3302008470930482e-12, 4.1906755843257315e-13,
      8.169853682460371e-14,   -2.3471965112283517e-14, -1.7809827686695217e-15,
      1.5543122344752192e-15};
  constexpr int kTerms = sizeof(hn::TFromD<D>) == 4 ? 12 : 22;
  const auto set = [&](double number)
                       HWY_ATTR { return hn::Set(d, static_cast<hn::TFromD<D>>(number)); };
  const V t = hn::Div(set(3), hn::Add(set(3), x));
  const V s = hn::Sub(hn::Add(t, t), set(1)), twice = hn::Add(s, s);
  V one = hn::Zero(d), two = hn::Zero(d);  // Clenshaw's sums, one and two terms back
  for (int k = kTerms - 1; k > 0; --k) {
    const V next = hn::Add(hn::Sub(hn::Mul(twice, one), two), set(kSeries[k]));
    two = one;
    one = next;
  }
  return hn::Mul(t, hn::Add(hn::Sub(hn::Mul(s, one), two), set(kSeries[0])));
}

/// x * factor, and 0 where the factor is 0, however large x is.
template <class D, class V>
HWY_INLINE V vanishing_product(D d, V x, V factor) {
  return hn::IfThenZeroElse(hn::Eq(factor, hn::Zero(d)), hn::Mul(x, factor));
}

// Activations whose gradient is a function of their input: value(d, x) = f(x) and
// gradient(d, x, dy) = f'(x) dy.

/// x sigmoid(x)
struct SiluLanes {
  template <class D, class V>
  HWY_INLINE V value(D d, V x) const {
    return vanishing_product(d, x, SigmoidLanes{}.value(d, x));
  }
  template <class D, class V>
  HWY_INLINE V gradient(D d, V x, V dy) const {
    const V s = SigmoidLanes{}.value(d, x);
    const V slope = hn::Mul(s, hn::Sub(hn::Set(d, Real{1}), s));
    return hn::Mul(dy, hn::Add(s, vanishing_product(d, x, slope)));
  }
};

/// x P(X < x) for a standard normal X.
struct GeluLanes {
  template <class D, class V>
  HWY_INLINE V value(D d, V x) const {
    return unless_nan(x, vanishing_product(d, x, probability(d, x, bell(d, x))));
  }
  template <class D, class V>
  HWY_INLINE V gradient(D d, V x, V dy) const {
    const V e = bell(d, x);
    const V density = hn::Mul(hn::Set(d, Real(0.3989422804014327)), e);  // e / sqrt(2 pi)
    const V slope = hn::Add(probability(d, x, e), vanishing_product(d, x, density));
    return hn::Mul(dy, unless_nan(x, slope));
  }

 private:
  /// exp(-x^2 / 2)
  template <class D, class V>
  static HWY_INLINE V bell(D d, V x) {
    return hn::Exp(d, hn::Mul(hn::Mul(x, x), hn::Set(d, Real(-0.5))));
  }
  template <class D, class V>
  static HWY_INLINE V probability(D d, V x, V e) {
    const V scaled = scaled_erfc(d, hn::Mul(hn::Abs(x), hn::Set(d, Real(0.7071067811865476))));
    const V tail = hn::Mul(hn::Mul(scaled, e), hn::Set(d, Real(0.5)));
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Sub(hn::Set(d, Real{1}), tail), tail);
  }
};

/// x sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x^3), which is x (1 + tanh(u)) / 2. Source:
/// Hendrycks & Gimpel, arXiv:1606.08415.
struct ApproximateGeluLanes {
  template <class D, class V>
  HWY_INLINE V value(D d, V x) const {
    return vanishing_product(d, x, gate(d, x));
  }
  template <class D, class V>
  HWY_INLINE V gradient(D d, V x, V dy) const {
    const V s = gate(d, x), one = hn::Set(d, Real{1});
    const V inner = hn::Add(one, hn::Mul(hn::Set(d, 3 * kCubic), hn::Mul(x, x)));
    const V slope = hn::Mul(hn::Set(d, kLinear), hn::Mul(s, hn::Sub(one, s)));
    return hn::Mul(dy, hn::Add(s, vanishing_product(d, hn::Mul(x, inner), slope)));
  }

 private:
  static constexpr Real kLinear = Real(1.5957691216057308);  // 2 sqrt(2 / pi)
  static constexpr Real kCubic = Real(0.044715);

  template <class D, class V>
  static HWY_INLINE V gate(D d, V x) {
    const V inner = hn::Add(hn::Set(d, Real{1}), hn::Mul(hn::Set(d, kCubic), hn::Mul(x, x)));
    return SigmoidLanes{}.value(d, hn::Mul(hn::Set(d, kLinear), hn::Mul(x, inner)));
  }
};

/// Calls visit with the lanes of any activation but softmax.
template <class Visit>
HWY_INLINE void with_any_lanes(const Activation& activation, Visit visit) {
  if (activation.kind == Activation::Kind::silu) return visit(SiluLanes{});
  if (activation.kind != Activation::Kind::gelu) return with_lanes(activation, visit);
  if (activation.approximate) return visit(ApproximateGeluLanes{});
  visit(GeluLanes{});
}

void apply_lanes(const Activation& activation, const Real* x, Real* y, Index size) {
  with_any_lanes(activation, [=](auto f) HWY_ATTR {
    for_each(size, [=](auto d, Index i)
                       HWY_ATTR { hn::StoreU(f.value(d, hn::LoadU(d, x + i)), d, y + i); });
  });
}

void apply_gradient_lanes(const Activation& activation, const Real* x_or_y, const Real* dy,
                          Real* dx, Index size) {
  with_any_lanes(activation, [=](auto f) HWY_ATTR {
    for_each(size, [=](auto d, Index i) HWY_ATTR {
      hn::StoreU(f.gradient(d, hn::LoadU(d, x_or_y + i), hn::LoadU(d, dy + i)), d, dx + i);
    });
  });
}

/// y = exp(x) / sum of exp(x), for each row.
void softmax_rows(const Real* x, Real* y, Index size, Index row) {
  for (const Real* const end = x + size; x != end; x += row, y += row) {
    const Real largest = *std::max_element(x, x + row);  // exp() cannot overflow then
    const double total = sum(row, [=](auto d, Index i) HWY_ATTR {
      const auto shifted = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, largest));
      const auto power = unless_nan(shifted, hn::Exp(d, shifted));
      hn::StoreU(power, d, y + i);
      return power;
    });
    const Real scale = static_cast<Real>(1 / total);
    for_each(row, [=](auto d, Index i) HWY_ATTR {
      hn::StoreU(hn::Mul(hn::LoadU(d, y + i), hn::Set(d, scale)), d, y + i);
    });
  }
}

/// dx = y * (dy - sum of y * dy), for each row.
void softmax_gradient_rows(const Real* y, const Real* dy, Real* dx, Index size, Index row) {
  for (const Real* const end = y + size; y != end; y += row, dy += row, dx += row) {
    const Real mean = static_cast<Real>(sum(row, [=](auto d, Index i) HWY_ATTR {
      return hn::Mul(hn::LoadU(d, y + i), hn::LoadU(d, dy + i));
    }));
    for_each(row, [=](auto d, Index i) HWY_ATTR {
      const auto centred = hn::Sub(hn::LoadU(d, dy + i), hn::Set(d, mean));
      hn::StoreU(hn::Mul(hn::LoadU(d, y + i), centred), d, dx + i);
    });
  }
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {
using ActivationKind = Activation::Kind;

bool gradient_needs_input(ActivationKind kind) {
  return kind == ActivationKind::gelu || kind == ActivationKind::silu;
}

bool is_fusable(ActivationKind kind) {
  return !gradient_needs_input(kind) && kind != ActivationKind::softmax;
}

bool is_piecewise_linear(ActivationKind kind) {
  return kind == ActivationKind::linear || kind == ActivationKind::relu ||
         kind == ActivationKind::leaky_relu;
}

std::vector<std::string> activation_names() {
  return names_of<ActivationKind>();
}

ActivationKind activation_kind(std::string_view name) {
  if (const auto kind = named<ActivationKind>(name)) return *kind;
  throw InputError("unknown activation \"{}\"; expected one of {}", name,
                   fmt::join(activation_names(), ", "));
}

HWY_EXPORT(apply_lanes);
HWY_EXPORT(apply_gradient_lanes);
HWY_EXPORT(softmax_rows);
HWY_EXPORT(softmax_gradient_rows);

void apply(const Activation& activation, ConstView x, View y) {
  if (activation.kind == ActivationKind::linear) {
    copy(x, y);
  } else if (activation.kind == ActivationKind::softmax) {
    HWY_DYNAMIC_DISPATCH(softmax_rows)(x.data, y.data, x.size(), x.shape.back());
  } else {
    HWY_DYNAMIC_DISPATCH(apply_lanes)(activation, x.data, y.data, x.size());
  }
}

void apply_gradient(const Activation& activation, ConstView x_or_y, ConstView dy, View dx) {
  if (activation.kind == ActivationKind::linear) {  // whoever knows that may keep neither
    copy(dy, dx);
  } else if (activation.kind == ActivationKind::softmax) {
    HWY_DYNAMIC_DISPATCH(softmax_gradient_rows)
    (x_or_y.data, dy.data, dx.data, dy.size(), dy.shape.back());
  } else {
    HWY_DYNAMIC_DISPATCH(apply_gradient_lanes)
    (activation, x_or_y.data, dy.data, dx.data, dy.size());
  }
}

}  // namespace adjoint
#endif
