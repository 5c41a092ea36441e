// Normalization of groups of channels and of whole samples. Expected numbers: PyTorch 1.13,
// torch.nn.functional.group_norm and layer_norm in float64 with eps = 1e-3.

#include <gmock/gmock.h>

#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const LayerShapes kNormalizationShapes{.inputs = {{2, 1, 4}}};
const Tensor kImages =
    tensor_of({2, 2, 1, 4}, {3, -1, 0.5, 2, 1, 4, -2, 0.25, -3, 0, 1.5, -0.5, 2.5, -4, 1, 3.5});
const Tensor kGamma = tensor_of({4}, {1, 2, -1, 0.5});
const Tensor kBeta = tensor_of({4}, {0, 1, 0.5, -1});

/// In training and in inference alike.
void expect_output(const Layer& layer, const std::vector<Tensor>& parameters,
                   const std::vector<double>& expected) {
  for (const Mode mode : {Mode::training, Mode::inference}) {
    LayerRun run(layer, kNormalizationShapes, 2, {1, 1});
    run.mode = mode;
    run.inputs[0] = kImages;
    run.parameters = parameters;
    const Tensor& y = run.forward();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(y.data()[i], expected[i], 1e-6) << "element " << i;
    }
  }
}

TEST(GroupNormalization, NormalizesTheGroupsOfEachSample) {
  expect_output(
      GroupNormalization({.groups = 2}), {kGamma, kBeta},
      {0.6508563, -1.8637678, 0.2814188, -0.3661144, -0.3905138, 3.3430827, 2.0300687, -0.9781419,
       -0.7327420, 1.8792904, 0.4126509, -1.6551180, 1.4166345, -1.2470754, 0.7620472, -0.2575329});
}

TEST(GroupNormalization, TakesMinusOneForEachChannelAndOneForAll) {
  expect_output(GroupNormalization({.groups = -1}), {kGamma, kBeta},
                {0.9995004, -0.9998400, -0.4996802, -0.5003262, -0.9995004, 2.9998400, 1.4996802,
                 -1.4996738, -0.9999339, 2.9997500, -0.4920947, -1.4999375, 0.9999339, -0.9997500,
                 1.4920947, -0.5000625});
  expect_output(GroupNormalization({.groups = 1}), {kGamma, kBeta},
                {1.0893988, -1.1117577, 0.7513997, -0.7234603, 0.0167600, 4.2514364, 2.0921983,
                 -1.1927398, -1.2908843, 0.8967293, -0.0679891, -1.1290884, 0.9810721, -2.4079345,
                 0.1385524, -0.3029225});
}

TEST(GroupNormalization, HasOnlyTheParametersThatItIsAskedFor) {
  EXPECT_EQ(GroupNormalization({.groups = 2}).parameters(kNormalizationShapes).size(), 2U);
  EXPECT_EQ(
      GroupNormalization({.groups = 2, .scale = false}).parameters(kNormalizationShapes)[0].name,
      "beta");
  EXPECT_TRUE(GroupNormalization({.groups = 2, .center = false, .scale = false})
                  .parameters(kNormalizationShapes)
                  .empty());
}

TEST(GroupNormalization, RefusesGroupsThatDoNotDivideTheChannels) {
  EXPECT_THAT([] { GroupNormalization({.groups = 3}).output_shape(kNormalizationShapes); },
              ThrowsMessage<InputError>(HasSubstr("groups = 3 does not divide the 4 channels")));
}

TEST(LayerNormalization, NormalizesTheLastAxis) {
  expect_output(LayerNormalization({}), {kGamma, kBeta},
                {1.2369099, -1.8036625, 0.9123033, -0.7113877, 0.0873609, 3.9702713, 1.8104138,
                 -1.1310414, -1.5427397, 1.6170959, -0.7341917, -1.0000000, 0.6069405, -2.2948197,
                 0.4132942, -0.5231182});
}

TEST(LayerNormalization, NormalizesWholeSamples) {
  const LayerNormalization layer({.axis = {{1, 2, 3}}, .center = false, .scale = false});
  expect_output(
      layer, {},
      {1.0893988, -1.0558788, -0.2513997, 0.5530794, 0.0167600, 1.6257182, -1.5921983, -0.3854796,
       -1.2908843, -0.0516354, 0.5679891, -0.2581769, 0.9810721, -1.7039673, 0.3614476, 1.3941550});
  EXPECT_EQ(LayerNormalization({.axis = {{1, 2, 3}}}).parameters(kNormalizationShapes)[0].shape,
            (Shape{2, 1, 4}));
}

TEST(LayerNormalization, RefusesAxesThatAreNotTheLast) {
  for (const Shape& axes :
       {Shape{0}, Shape{1}, Shape{4}, Shape{-5}, Shape{1, 3}, Shape{3, -1}, Shape{0, 1, 2, 3}}) {
    EXPECT_THROW(LayerNormalization({.axis = {axes}}).output_shape(kNormalizationShapes),
                 InputError)
        << to_string(axes);
  }
}

TEST(LayerNormalization, ReadsOneAxisOrSeveral) {
  LayerNormalization::Settings settings;
  EXPECT_THAT(write_config(settings), HasSubstr("axis = -1"));
  parse_config("axis = [2, 3]", "a.toml", {}, settings);
  EXPECT_EQ(settings.axis, (Axes{{2, 3}}));
  EXPECT_THAT(write_config(settings), HasSubstr("axis = [2, 3]"));
  EXPECT_THROW(parse_config("axis = []", "a.toml", {}, settings), InputError);
}

}  // namespace
}  // namespace adjoint
