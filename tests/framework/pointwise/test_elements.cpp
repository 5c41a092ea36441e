// Loops over elements, against its formula in double, at every length up to 100.

#include <numbers>

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/sgd.hpp"
#include "framework/pointwise/activation.hpp"
#include "framework/pointwise/linear.hpp"
#include "framework/pointwise/regularizer.hpp"
#include "tests/framework/pointwise/every_target.hpp"

namespace adjoint {
namespace {

using Kind = Activation::Kind;
constexpr Index kLongest = 100;
constexpr double kUlps = 8;  // of the activations

double value(const Activation& f, double x) {
  switch (f.kind) {
    case Kind::linear:
      return x;
    case Kind::relu:
      return x < 0 ? 0 : x;
    case Kind::leaky_relu:
      return x < 0 ? static_cast<double>(static_cast<Real>(f.negative_slope)) * x : x;
    case Kind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Kind::tanh:
      return std::tanh(x);
    case Kind::elu:
      return x < 0 ? f.alpha * std::expm1(x) : x;
    case Kind::hard_sigmoid:
      return std::isnan(x) ? x : std::clamp(x + 3, 0.0, 6.0) / 6;
    case Kind::softplus:
      return x > 30 ? x : std::log1p(std::exp(x));
    case Kind::silu:
      return x < -1000 ? 0 : x / (1 + std::exp(-x));
    case Kind::gelu:
      if (x < -1000) return 0;
      return f.approximate ? x / (1 + std::exp(-2 * std::sqrt(2 / std::numbers::pi) *
                                               (x + 0.044715 * x * x * x)))
                           : x * std::erfc(-x / std::sqrt(2)) / 2;
    case Kind::softmax:
      break;  // not of single elements: see test_softmax.cpp
  }
  return 0;
}

double derivative(const Activation& f, double x, double y) {
  switch (f.kind) {
    case Kind::linear:
      return 1;
    case Kind::relu:
      return y > 0 ? 1 : 0;
    case Kind::leaky_relu:
      return y > 0 ? 1 : static_cast<double>(static_cast<Real>(f.negative_slope));
    case Kind::sigmoid:
      return y * (1 - y);
    case Kind::tanh:
      return 1 - y * y;
    case Kind::elu:
      return y > 0 ? 1 : y + f.alpha;
    case Kind::hard_sigmoid:
      return std::abs(x) < 3 ? 1.0 / 6 : 0;
    case Kind::softplus:
      return 1 / (1 + std::exp(-x));
    case Kind::silu: {
      const double s = 1 / (1 + std::exp(-x));
      return s + x * s * (1 - s);
    }
    case Kind::gelu: {
      if (f.approximate) {
        const double c = std::sqrt(2 / std::numbers::pi),
                     t = std::tanh(c * (x + 0.044715 * x * x * x));
        return (1 + t) / 2 + x / 2 * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
      }
      const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
      return std::erfc(-x / std::sqrt(2)) / 2 + x * density;
    }
    case Kind::softmax:
      break;
  }
  return 0;
}

/// Every activation of single elements, with settings that are not the defaults for some.
std::vector<Activation> elementwise_activations() {
  std::vector<Activation> all{{.kind = Kind::elu, .alpha = 0.5},
                              {.kind = Kind::gelu, .approximate = true}};
  for (const std::string& name : activation_names()) {
    if (name != "softmax") all.push_back({activation_kind(name)});
  }
  return all;
}

/// By how much the function magnifies a relative error of what it takes the exponential of.
double magnification(const Activation& f, double x) {
  if (f.kind == Kind::gelu) return std::clamp(x * x, 1.0, 1e4);
  return f.kind == Kind::silu ? std::clamp(std::abs(x), 1.0, 100.0) : 1;
}

class Elements : public EveryTarget {};
ADJOINT_EVERY_TARGET(Elements);

TEST_P(Elements, Activations) {
  for (const Activation& f : elementwise_activations()) {
    SCOPED_TRACE(name_of(f.kind));
    for (Index size = 1; size <= kLongest; ++size) {
      const std::vector<Real> x = numbers(size, 1), dy = numbers(size, 2);
      Guarded from(x), to(std::vector<Real>(x.size(), kNaN)), gradient(dy);
      apply(f, from.view(), to.view());
      const View of = gradient_needs_input(f.kind) ? from.view() : to.view();
      apply_gradient(f, of, gradient.view(), gradient.view());
      for (Index i = 0; i < size; ++i) {
        const double expected = value(f, x[i]);
        expect_near(to[i], expected, kUlps, std::abs(expected) * magnification(f, x[i]));
        // Where 1 - y cancels, the digits are those of y.
        expect_near(gradient[i], dy[i] * derivative(f, x[i], to[i]), 2 * kUlps, std::abs(dy[i]));
      }
    }
  }
}

TEST_P(Elements, ActivationsFarOut) {
  const Real tiny = std::numeric_limits<Real>::denorm_min();
  const std::vector<Real> x{kNaN, kInfinity, -kInfinity, 1e30F, -1e30F, 80, -80,  1e-30F,
                            0,    tiny,      -1e-6F,     9,     -9,     20, -104, 89};
  for (const Activation& f : elementwise_activations()) {
    SCOPED_TRACE(name_of(f.kind));
    // All of them together, then each alone: whole registers and single lanes.
    Guarded together(x);
    apply(f, together.view(), together.view());
    for (std::size_t i = 0; i < x.size(); ++i) {
      SCOPED_TRACE(x[i]);
      Guarded alone({x[i]});
      apply(f, alone.view(), alone.view());
      const double smallest = static_cast<double>(std::numeric_limits<Real>::min());
      const double expected = value(f, x[i]);
      const double scale = std::max(std::abs(expected), smallest) * magnification(f, x[i]);
      expect_near(together[static_cast<Index>(i)], expected, 4, scale);
      expect_near(alone[0], expected, 4, scale);
    }
  }
}

TEST_P(Elements, Add) {
  for (Index size = 1; size <= kLongest; ++size) {
    const std::vector<Real> part = numbers(size, 1), old = numbers(size, 2);
    Guarded from(part), total(old);
    add(from.view(), total.view());
    for (Index i = 0; i < size; ++i) EXPECT_EQ(total[i], old[i] + part[i]);
  }
}

TEST_P(Elements, LinearCombinations) {
  const Real nan = kNaN;
  for (Index size = 1; size <= kLongest; ++size) {
    const std::vector<Real> part = numbers(size, 1), old = numbers(size, 2);
    Guarded from(part), sum(old), average(old), scaled(old), clipped(old);
    add_scaled(Real(0.5), from.view(), sum.view());
    move_average(Real(0.75), from.view(), average.view());
    scale(Real(-2), scaled.view());
    clip(Real(1.5), clipped.view());
    double squares = 0;
    for (Index i = 0; i < size; ++i) {
      EXPECT_EQ(sum[i], old[i] + Real(0.5) * part[i]);
      EXPECT_EQ(average[i], Real(0.75) * old[i] + Real(0.25) * part[i]);
      EXPECT_EQ(scaled[i], -2 * old[i]);
      EXPECT_EQ(clipped[i], std::clamp(old[i], Real(-1.5), Real(1.5)));
      squares += double{part[i]} * part[i];
    }
    expect_near(Real(sum_of_squares(from.view())), squares, 4);
  }
  Guarded not_numbers(std::vector<Real>(20, nan));
  clip(1, not_numbers.view());
  for (Index i = 0; i < 20; ++i) EXPECT_TRUE(std::isnan(not_numbers[i]));
}

TEST_P(Elements, Regularizer) {
  const Regularizer regularizer{.l1 = 0.5, .l2 = 0.25};
  for (Index size = 1; size <= kLongest; ++size) {
    std::vector<Real> x = numbers(size, 1);
    x[static_cast<std::size_t>(size) / 2] = 0;  // whose sign is 0
    const std::vector<Real> old = numbers(size, 2);
    Guarded values(x), gradient(old);
    double expected = 0;
    for (const double v : x) expected += 0.5 * std::abs(v) + 0.25 * v * v;
    expect_near(Real(penalty(regularizer, values.view())), expected, 8);
    add_penalty_gradient(regularizer, 2, values.view(), gradient.view());
    for (Index i = 0; i < size; ++i) {
      const double sign = x[i] > 0 ? 1 : x[i] < 0 ? -1 : 0;
      expect_near(gradient[i], old[i] + 2 * (0.5 * sign + 2 * 0.25 * x[i]), 4, 8);
    }
  }
}

TEST_P(Elements, MeanSquaredError) {
  for (Index size : {1, 2, 7, 16, 31, 100, 1023, 1024, 1031, 5000}) {
    const std::vector<Real> p = numbers(size, 1), t = numbers(size, 2);
    Guarded prediction(p), target(t), gradient(std::vector<Real>(p.size(), kNaN));
    long double expected = 0;
    for (Index i = 0; i < size; ++i) expected += std::pow(double{p[i]} - t[i], 2) / 10;
    const double loss = MeanSquaredError().evaluate({.prediction = prediction.view(),
                                                     .target = target.view(),
                                                     .gradient = gradient.view(),
                                                     .count = 10});
    expect_near(Real(loss), static_cast<double>(expected), 4);
    for (Index i = 0; i < size; ++i) {
      expect_near(gradient[i], 0.2 * (double{p[i]} - t[i]), 4, std::abs(p[i]) + std::abs(t[i]));
    }
  }
}

TEST_P(Elements, BinaryCrossentropy) {
  for (Index size = 1; size <= kLongest; ++size) {
    const std::vector<Real> z = numbers(size, 1);
    std::vector<Real> p, t = numbers(size, 2);
    for (Real& x : t) x = x > 0 ? 1 : Real(0.25);
    for (const Real x : z) p.push_back(Real(0.5) + x / 9);
    Guarded logit(z), probability(p), target(t);
    const BinaryCrossentropy loss;
    const std::vector<Real> empty(p.size(), kNaN);
    Guarded by_logit(empty), by_probability(empty);
    const double from_logit = loss.evaluate({.prediction = logit.view(),
                                             .target = target.view(),
                                             .gradient = by_logit.view(),
                                             .count = 1,
                                             .absorbed = true});
    const double from_probability = loss.evaluate({.prediction = probability.view(),
                                                   .target = target.view(),
                                                   .gradient = by_probability.view(),
                                                   .count = 1});
    double logit_loss = 0, probability_loss = 0;
    for (Index i = 0; i < size; ++i) {
      const double s = 1 / (1 + std::exp(-double{z[i]})), q = p[i], u = t[i];
      logit_loss += -u * std::log(s) - (1 - u) * std::log(1 - s);
      probability_loss += -u * std::log(q) - (1 - u) * std::log(1 - q);
      expect_near(by_logit[i], s - u, 4, 1);
      expect_near(by_probability[i], (q - u) / (q * (1 - q)), 8, 1 / (q * (1 - q)));
    }
    expect_near(Real(from_logit), logit_loss, 8);
    expect_near(Real(from_probability), probability_loss, 8);
  }
}

TEST_P(Elements, Adam) {
  for (Index size = 1; size <= kLongest; ++size) {
    const std::vector<Real> g = numbers(size, 1), w = numbers(size, 2), m = numbers(size, 3);
    std::vector<Real> v = numbers(size, 4);
    for (Real& x : v) x = std::abs(x);
    Guarded gradient(g), parameter(w), mean(m), square(v);
    const std::vector<View> slots{mean.view(), square.view()};
    adjoint::Adam({.learning_rate = 0.5})
        .update({2, 0.5}, gradient.view(), parameter.view(), slots);
    const double rate = 0.5 * std::sqrt(1 - 0.999 * 0.999) / (1 - 0.9 * 0.9);
    for (Index i = 0; i < size; ++i) {
      const double new_m = 0.9 * m[i] + 0.1 * g[i], new_v = 0.999 * v[i] + 0.001 * g[i] * g[i];
      expect_near(mean[i], new_m, 4, 4);
      expect_near(square[i], new_v, 400, new_v);  // 1 - 0.999 has lost three digits
      const double step = rate * new_m / (std::sqrt(new_v) + 1e-7);
      expect_near(parameter[i], w[i] - step, 400, 4 + std::abs(step));
    }
  }
}

TEST_P(Elements, StochasticGradientDescent) {
  for (Index size = 1; size <= kLongest; ++size) {
    const std::vector<Real> g = numbers(size, 1), w = numbers(size, 2), v = numbers(size, 3);
    Guarded gradient(g), plain(w), heavy(w), nesterov(w), velocity(v), looking(v);
    const std::vector<View> heavy_slots{velocity.view()}, nesterov_slots{looking.view()};
    Sgd({.learning_rate = 0.5}).update({1, 0.5}, gradient.view(), plain.view(), {});
    Sgd({.learning_rate = 0.5, .momentum = 0.75})
        .update({1, 0.5}, gradient.view(), heavy.view(), heavy_slots);
    Sgd({.learning_rate = 0.5, .momentum = 0.75, .nesterov = true})
        .update({1, 0.5}, gradient.view(), nesterov.view(), nesterov_slots);
    for (Index i = 0; i < size; ++i) {
      const double new_v = 0.75 * v[i] - 0.5 * g[i];
      expect_near(plain[i], w[i] - 0.5 * g[i], 4, 8);
      expect_near(velocity[i], new_v, 4, 8);
      expect_near(heavy[i], w[i] + new_v, 4, 8);
      expect_near(nesterov[i], w[i] + 0.75 * new_v - 0.5 * g[i], 4, 8);
    }
  }
}

}  // namespace
}  // namespace adjoint
