#include "framework/layers/activation.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::Pointwise;

std::vector<Real> applied(const Activation& activation, std::vector<Real> x) {
  const Shape shape{static_cast<Index>(x.size())};
  apply(activation, ConstView(x.data(), shape), View(x.data(), shape));
  return x;
}

MATCHER_P(AreNear, tolerance, "") {
  return std::abs(std::get<0>(arg) - std::get<1>(arg)) <= tolerance;
}

TEST(Activation, ComputesKnownValuesInPlace) {
  const std::vector<Real> x{-2, -0.5, 0, 0.5, 2};
  EXPECT_EQ(applied({Activation::Kind::linear}, x), x);
  EXPECT_THAT(applied({Activation::Kind::relu}, x), ElementsAre(0, 0, 0, 0.5, 2));
  EXPECT_THAT(applied({.kind = Activation::Kind::leaky_relu, .negative_slope = 0.25}, x),
              ElementsAre(-0.5, -0.125, 0, 0.5, 2));
  const std::vector<double> sigmoid{0.119202922, 0.377540669, 0.5, 0.622459331, 0.880797078};
  EXPECT_THAT(applied({Activation::Kind::sigmoid}, x), Pointwise(AreNear(1e-7), sigmoid));
  const std::vector<double> tanh{-0.964027580, -0.462117157, 0, 0.462117157, 0.964027580};
  EXPECT_THAT(applied({Activation::Kind::tanh}, x), Pointwise(AreNear(1e-7), tanh));
  EXPECT_THAT(applied({Activation::Kind::hard_sigmoid}, {-4, -3, 0, 1.5, 3}),
              ElementsAre(0, 0, 0.5, 0.75, 1));
}

TEST(Activation, AgreesWithPyTorch) {
  // torch.nn.functional of 1.13 in float64: elu(alpha=0.5), softplus, silu, gelu, gelu(approximate=
  // "tanh"), softmax.
  const std::vector<Real> x{-2, -0.5, 0, 0.5, 2};
  const auto expect = [&](const Activation& f, const std::vector<double>& expected) {
    EXPECT_THAT(applied(f, x), Pointwise(AreNear(3e-7), expected)) << name_of(f.kind);
  };
  expect({.kind = Activation::Kind::elu, .alpha = 0.5},
         {-0.432332358, -0.196734670, 0.000000000, 0.500000000, 2.000000000});
  expect({Activation::Kind::softplus},
         {0.126928011, 0.474076984, 0.693147181, 0.974076984, 2.126928011});
  expect({Activation::Kind::silu},
         {-0.238405844, -0.188770334, 0.000000000, 0.311229666, 1.761594156});
  expect({Activation::Kind::gelu},
         {-0.045500264, -0.154268769, 0.000000000, 0.345731231, 1.954499736});
  expect({.kind = Activation::Kind::gelu, .approximate = true},
         {-0.045402306, -0.154285990, 0.000000000, 0.345714010, 1.954597694});
  expect({Activation::Kind::softmax},
         {0.012554709, 0.056266301, 0.092767448, 0.152947665, 0.685463877});
}

TEST(Activation, LeakyReluHasKerasSlopeByDefault) {
  EXPECT_EQ(applied({Activation::Kind::leaky_relu}, {-1})[0], static_cast<Real>(-0.2));
}

TEST(Activation, StaysFiniteFarFromZero) {
  EXPECT_THAT(applied({Activation::Kind::sigmoid}, {-1000, 1000}), ElementsAre(0, 1));
  EXPECT_THAT(applied({Activation::Kind::tanh}, {-1000, 1000}), ElementsAre(-1, 1));
}

TEST(Activation, LetsNotANumberThrough) {
  // Or a network that diverged would look like one that answers 0.
  for (const std::string& name : activation_names()) {
    const Activation activation{activation_kind(name)};
    EXPECT_TRUE(std::isnan(applied(activation, {std::numeric_limits<Real>::quiet_NaN()})[0]))
        << name;
  }
}

TEST(Activation, TakesTheGradientFromTheOutputInPlace) {
  // y = f(x) and f'(x) at x = -0.5 and 2, worked by hand.
  struct Case {
    Activation activation;
    std::vector<Real> y;
    std::vector<double> derivative;
  };
  const std::vector<Case> cases{
      {{Activation::Kind::linear}, {-0.5, 2}, {1, 1}},
      {{Activation::Kind::relu}, {0, 2}, {0, 1}},
      {{.kind = Activation::Kind::leaky_relu, .negative_slope = 0.25}, {-0.125, 2}, {0.25, 1}},
      {{Activation::Kind::sigmoid},
       {Real(0.377540669), Real(0.880797078)},
       {0.377540669 * 0.622459331, 0.880797078 * 0.119202922}},
      {{Activation::Kind::tanh},
       {Real(-0.462117157), Real(0.964027580)},
       {1 - 0.462117157 * 0.462117157, 1 - 0.964027580 * 0.964027580}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(name_of(c.activation.kind));
    std::vector<Real> dy{3, 3};
    apply_gradient(c.activation, ConstView(c.y.data(), {2}), ConstView(dy.data(), {2}),
                   View(dy.data(), {2}));
    for (int i = 0; i < 2; ++i) EXPECT_NEAR(dy[i], 3 * c.derivative[i], 1e-6);
  }
}

TEST(Activation, HasNamesAndListsThemForAWrongOne) {
  for (const std::string& name : activation_names()) {
    EXPECT_EQ(name_of(activation_kind(name)), name);
  }
  try {
    activation_kind("rleu");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(
        error.what(),
        "unknown activation \"rleu\"; expected one of linear, relu, leaky_relu, elu, sigmoid, "
        "hard_sigmoid, tanh, softplus, softmax, gelu, silu");
  }
}

}  // namespace
}  // namespace adjoint
