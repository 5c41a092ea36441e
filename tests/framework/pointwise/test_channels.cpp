// Loops with one number per channel, against its formula in double, for counts of channels that
// fill registers and rows, and counts that do not.

#include "framework/layers/batch_normalization.hpp"
#include "framework/pointwise/epilogue.hpp"
#include "tests/framework/pointwise/every_target.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using Kind = Activation::Kind;

class Channels : public EveryTarget {};
ADJOINT_EVERY_TARGET(Channels);

template <class Check>
void for_each_size(Check check) {
  for (const Index channels : {1, 2, 3, 5, 7, 16, 17, 31, 32, 33, 64, 100, 511, 512, 513, 1030}) {
    for (const Index positions : {1, 2, 3, 17, 70, 600}) {
      SCOPED_TRACE(testing::Message() << positions << " positions of " << channels << " channels");
      if (channels * positions < 100000) check(positions, channels);
    }
  }
}

TEST_P(Channels, BiasAndActivation) {
  for_each_size([](Index positions, Index channels) {
    const std::vector<Real> x = numbers(positions * channels, 1), bias = numbers(channels, 2);
    Guarded relu(x), tanh(x), biases(bias);
    apply({biases.view(), {Kind::relu}}, relu.view({positions, channels}));
    apply({biases.view(), {Kind::tanh}}, tanh.view({positions, channels}));
    for (Index i = 0; i < positions * channels; ++i) {
      const Real sum = x[i] + bias[i % channels];
      ASSERT_EQ(relu[i], sum > 0 ? sum : 0) << i;
      ASSERT_NEAR(tanh[i], std::tanh(double{sum}), 1e-6) << i;
    }
  });
}

TEST_P(Channels, BiasGradient) {
  for_each_size([](Index positions, Index channels) {
    const std::vector<Real> y = numbers(positions * channels, 1), dy = numbers(y.size(), 2);
    for (const Kind kind : {Kind::linear, Kind::relu, Kind::tanh}) {
      Guarded values(y), gradient(dy), bias(std::vector<Real>(channels, kNaN));
      epilogue_gradient({kind}, values.view(), gradient.view(), bias.view());
      std::vector<double> sum(channels), magnitude(channels);
      for (Index i = 0; i < positions * channels; ++i) {
        const double slope = kind == Kind::linear ? 1
                             : kind == Kind::relu ? (y[i] > 0 ? 1 : 0)
                                                  : 1 - double{y[i]} * y[i];
        expect_near(gradient[i], dy[i] * slope, 8, 70);
        sum[i % channels] += gradient[i];
        magnitude[i % channels] += std::abs(gradient[i]);
      }
      for (Index c = 0; c < channels; ++c) expect_near(bias[c], sum[c], 8, magnitude[c]);
    }
  });
}

TEST_P(Channels, NothingIsReadOfALinearEpiloguesValues) {
  Guarded gradient(numbers(6, 1)), bias({0, 0, 0});
  epilogue_gradient({Kind::linear}, {}, gradient.view(), bias.view());
  for (Index c = 0; c < 3; ++c) EXPECT_EQ(bias[c], gradient[c] + gradient[c + 3]);
}

TEST_P(Channels, BatchNormalization) {
  for_each_size([](Index positions, Index channels) {
    if (positions < 3) return;  // two values are always normalized to -1 and 1
    const double epsilon = 0.125;
    const adjoint::BatchNormalization layer({.epsilon = epsilon});
    LayerRun run(layer, {.inputs = {{channels}}}, positions);
    const std::vector<Real> x = numbers(positions * channels, 1), dy = numbers(x.size(), 2);
    const std::vector<Real> gamma = numbers(channels, 3), beta = numbers(channels, 4);
    std::copy(x.begin(), x.end(), run.inputs[0].begin());
    std::copy(gamma.begin(), gamma.end(), run.parameters[0].begin());
    std::copy(beta.begin(), beta.end(), run.parameters[1].begin());
    const Tensor y = run.forward();
    const auto gradients = run.backward(tensor_of({positions, channels}, dy));
    for (Index c = 0; c < channels; ++c) {
      double mean = 0, variance = 0, sum = 0, product = 0;
      const auto at = [&](const auto& values, Index p) {
        return static_cast<double>(values.data()[p * channels + c]);
      };
      for (Index p = 0; p < positions; ++p) mean += at(x, p) / positions;
      for (Index p = 0; p < positions; ++p) variance += std::pow(at(x, p) - mean, 2) / positions;
      const double s = 1 / std::sqrt(variance + epsilon);
      for (Index p = 0; p < positions; ++p) {
        sum += at(dy, p);
        product += at(dy, p) * (at(x, p) - mean) * s;
      }
      ASSERT_NEAR(gradients.parameters[0](c), product, 1e-5 * positions);
      ASSERT_NEAR(gradients.parameters[1](c), sum, 1e-5 * positions);
      for (Index p = 0; p < positions; ++p) {
        const double xhat = (at(x, p) - mean) * s;
        const double dx = gamma[c] * s * (at(dy, p) - sum / positions - xhat * product / positions);
        ASSERT_NEAR(at(y, p), xhat * gamma[c] + beta[c], 2e-5);
        ASSERT_NEAR(at(gradients.inputs[0], p), dx, 1e-4);
      }
    }
  });
}

}  // namespace
}  // namespace adjoint
