// The losses' gradients against central differences; built with ADJOINT_DOUBLE alone.

#include <gtest/gtest.h>

#include "framework/losses/loss.hpp"
#include "tests/support/gradient_check.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

void expect_gradient(const std::string& name, bool absorbed, Tensor prediction) {
  SCOPED_TRACE(name + (absorbed ? ", absorbed" : ""));
  const std::unique_ptr<Loss> loss = make_loss(name);
  const Shape shape = shape_of(prediction);
  Tensor target = distinct_numbers(shape, 1);
  for (Real& t : target) t = (t + Real(1.5)) / 3;  // to [0, 1]
  constexpr Index kCount = 40;                     // this is one shard of two
  const auto value = [&] {
    return loss->evaluate(view(prediction), view(target), {}, kCount, absorbed);
  };
  Tensor gradient = make_tensor(shape, std::numeric_limits<Real>::quiet_NaN());
  loss->evaluate(view(prediction), view(target), view(gradient), kCount, absorbed);
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    const double expected = central_difference(prediction.data()[i], value);
    EXPECT_NEAR(gradient.data()[i], expected, gradient_tolerance(expected)) << i;
  }
}

TEST(LossGradients, AgreeWithCentralDifferences) {
  const Tensor any = distinct_numbers({4, 5}, 0);
  Tensor probability = any;
  for (Real& p : probability) p = (p + Real(1.6)) / Real(3.2);
  for (const std::string& name : loss_names()) expect_gradient(name, true, any * Real(4));
  for (const std::string& name : loss_names()) expect_gradient(name, false, probability);
}

}  // namespace
}  // namespace adjoint
