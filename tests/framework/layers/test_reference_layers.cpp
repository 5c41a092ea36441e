// Our layers beside what PyTorch and TensorFlow computed: outputs and every gradient.

#include <gmock/gmock.h>

#include <cmath>

#include "framework/layers/activation.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/losses/loss_settings.hpp"
#include "models/config/config_text.hpp"
#include "tests/support/layer_run.hpp"
#include "tests/support/reference_vectors.hpp"

namespace adjoint {
namespace {

using LayerMaker = std::unique_ptr<Layer> (*)(const std::string& toml);

template <class L>
std::unique_ptr<Layer> make(const std::string& toml) {
  typename L::Settings settings;
  parse_config(toml, "reference", {}, settings);
  return std::make_unique<L>(settings);
}

std::unique_ptr<Layer> make_activation(const std::string& toml) {
  struct {
    std::string name;
    double slope = 0;
    void keys(Keys& key) {
      key.required("activation", name, "");
      key("negative_slope", slope, "");
    }
  } settings;
  parse_config(toml, "reference", {}, settings);
  return std::make_unique<ActivationLayer>(
      Activation{.kind = activation_kind(settings.name), .negative_slope = settings.slope});
}

const std::map<std::string, LayerMaker> kMakers{
    {"Activation", make_activation},
    {"BatchNormalization", make<BatchNormalization>},
    {"Conv2D", make<Conv2D>},
    {"Conv2DTranspose", make<Conv2DTranspose>},
    {"Dense", make<Dense>},
    {"MaxPooling2D", make<MaxPooling2D>},
    {"UpSampling2D", make<UpSampling2D>},
};

void expect_near(const std::string& what, const Tensor& got, const Tensor& expected) {
  ASSERT_EQ(shape_of(got), shape_of(expected)) << what;
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double scale = 1 + std::abs(static_cast<double>(expected.data()[i]));
    const double error = std::abs(static_cast<double>(got.data()[i]) - expected.data()[i]) / scale;
    worst = error <= worst ? worst : error;  // NaN wins
  }
  EXPECT_LT(worst, 2e-6) << what;
}

bool is_loss(const std::string& type) {
  const std::vector<std::string> names = loss_names();
  return std::ranges::find(names, type) != names.end();
}

std::vector<std::string> layer_cases() {
  std::vector<std::string> names;
  for (const std::string& name : reference_case_names()) {
    if (!is_loss(reference_case(name).type)) names.push_back(name);
  }
  return names;
}

class ReferenceLayers : public testing::TestWithParam<std::string> {};

TEST_P(ReferenceLayers, GiveTheSameNumbers) {
  const ReferenceCase c = reference_case(GetParam());
  ASSERT_TRUE(kMakers.contains(c.type)) << c.type;
  const std::unique_ptr<Layer> layer = kMakers.at(c.type)(c.layer);
  const Shape input = shape_of(c.input);
  LayerRun run(*layer, {.inputs = {input.sample()}}, input[0], {1, input[0] - 1});
  run.inputs[0] = c.input;
  run.mode = c.has_gradients ? Mode::training : Mode::inference;
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    const std::string& name = run.specs()[i].name;
    if (run.mode == Mode::training && !run.specs()[i].trainable) continue;
    ASSERT_TRUE(c.parameters.contains(name)) << name;
    ASSERT_EQ(shape_of(c.parameters.at(name)), run.specs()[i].shape) << name;
    run.parameters[i] = c.parameters.at(name);
  }
  expect_near("output", run.forward(), c.output);
  if (!c.has_gradients) return;

  const LayerRun::Gradients gradients = run.backward(c.output_gradient);
  expect_near("input gradient", gradients.inputs[0], c.input_gradient);
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    const std::string& name = run.specs()[i].name;
    if (run.specs()[i].trainable) {
      expect_near(name, gradients.parameters[i], c.parameter_gradients.at(name));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, ReferenceLayers, testing::ValuesIn(layer_cases()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace adjoint
