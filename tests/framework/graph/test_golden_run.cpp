// Ten steps beside PyTorch, from the same weights.

#include <gtest/gtest.h>

#include <cmath>

#include "framework/graph/training_step.hpp"
#include "framework/losses/loss_settings.hpp"
#include "framework/optimizers/optimizer_settings.hpp"
#include "models/config/config_text.hpp"
#include "tests/framework/graph/models.hpp"
#include "tests/support/gradient_check.hpp"
#include "tests/support/reference_vectors.hpp"

namespace adjoint {
namespace {

Model golden_model(const std::map<std::string, Tensor>& weights) {
  Model model({12, 8, 2});
  model.add({.name = "enc1", .layer = conv(4), .activation = {ActivationKind::relu}});
  model.add({.name = "enc2", .layer = conv(6), .activation = {ActivationKind::relu}});
  model.add({.name = "dec1", .layer = transposed(4), .activation = {ActivationKind::relu}});
  model.add({.name = "dec2", .layer = transposed(2), .activation = {ActivationKind::sigmoid}});
  for (Parameter& parameter : model.parameters()) {
    EXPECT_EQ(shape_of(parameter.value), shape_of(weights.at(parameter.name))) << parameter.name;
    parameter.value = weights.at(parameter.name);
  }
  return model;
}

class GoldenSteps : public testing::TestWithParam<std::string> {};

TEST_P(GoldenSteps, TakesPyTorchsSteps) {
  const GoldenRun golden = golden_run(GetParam());
  OptimizerSettings settings;
  parse_config(golden.optimizer, "golden", {}, settings);
  const auto optimizer = make_optimizer(settings);
  const auto loss = make_loss(golden.loss);
  Model model = golden_model(golden.initial_weights);
  ThreadPool pool(2);
  TrainingStep training(model, *loss, *optimizer, {.batch = shape_of(golden.input)[0]}, pool);
  for (std::size_t step = 0; step < golden.losses.size(); ++step) {
    const double got = training.run(view(golden.input), view(golden.target));
    EXPECT_NEAR(got, golden.losses[step], kDouble ? 1e-10 : 2e-6) << "step " << step + 1;
  }
  for (const Parameter& parameter : model.parameters()) {
    const Tensor& expected = golden.final_weights.at(parameter.name);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      // The stored weights are float.
      const double scale = 1 + std::abs(static_cast<double>(expected.data()[i]));
      ASSERT_NEAR(parameter.value.data()[i], expected.data()[i], scale * (kDouble ? 1e-7 : 2e-4))
          << parameter.name << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, GoldenSteps, testing::ValuesIn(golden_run_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace adjoint
