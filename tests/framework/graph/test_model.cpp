#include "framework/graph/model.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "tests/framework/graph/models.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

template <class Action>
void expect_refused(Action action, const std::string& message) {
  EXPECT_THAT(action, ThrowsMessage<InputError>(HasSubstr(message)));
}

/// A model with the layers enc1 and pool, to which `node` cannot be added.
void expect_refused_node(const Model::NewNode& node, const std::string& message) {
  Model model({25, 25, 1});
  model.add({.name = "enc1", .layer = conv(4)});
  model.add({.name = "pool", .layer = layer<MaxPooling2D>({})});
  const std::size_t nodes = model.nodes().size(), parameters = model.parameters().size();
  expect_refused([&] { model.add(node); }, message);
  EXPECT_EQ(model.nodes().size(), nodes);
  EXPECT_EQ(model.parameters().size(), parameters);
  model.add({.name = "next", .layer = conv(2)});  // the model is still sound
  EXPECT_EQ(model.infer({25, 25, 1}).size(), nodes + 1);
}

TEST(Model, RefusesNodesThatDoNotFit) {
  expect_refused_node({.name = "enc1", .layer = conv(4)}, "the name \"enc1\" is taken");
  expect_refused_node({.name = "input", .layer = conv(4)}, "the name \"input\" is taken");
  expect_refused_node({.name = "a", .layer = conv(4), .inputs = {"enc7"}},
                      "inputs names \"enc7\", and no layer above has that name");
  expect_refused_node({.name = "a", .layer = transposed(4), .output_like = "enc7"},
                      "output_like names \"enc7\", and no layer above has that name");
  expect_refused_node({.name = "a", .layer = transposed(4), .output_like = "input"},
                      "output_like must name a layer, not the input");
  expect_refused_node({.name = "a", .layer = transposed(4), .tied_to = "enc7"},
                      "tied_to names \"enc7\", and no layer above has that name");
  expect_refused_node({.name = "a", .layer = transposed(1), .tied_to = "pool"},
                      "tied_to names \"pool\", which has no kernel");
  expect_refused_node({.name = "a", .layer = transposed(2), .tied_to = "enc1"},
                      "tied_to = \"enc1\": that kernel is 3x3x1x4, this layer needs 3x3x2x4");
  expect_refused_node({.name = "a", .layer = layer<UpSampling2D>({}), .tied_to = "enc1"},
                      "tied_to = \"enc1\": UpSampling2D has no kernel to share");
  expect_refused_node({.name = "a", .layer = std::make_shared<Add>(), .inputs = {"enc1", "pool"}},
                      "Add needs inputs of one shape, got 13x13x4 and 6x6x4");
}

TEST(Model, RefusesAnInputWithoutChannels) {
  for (const Shape& shape : {Shape{28, 28, 0}, Shape{}}) {
    expect_refused([&] { Model model(shape); }, "at least 1 channel");
  }
}

TEST(Model, RefusesALatentThatIsNotThere) {
  Model model = plain_model();
  expect_refused([&] { model.set_latent("cod"); },
                 "latent names \"cod\", and no layer has that name");
}

TEST(Model, RefusesParametersThatDependOnAnOpenSize) {
  Model model({0, 0, 1});
  model.add({.name = "flat", .layer = std::make_shared<Flatten>()});
  expect_refused([&] { model.add({.name = "code", .layer = layer<Dense>({.units = 4})}); },
                 "Dense's kernel depends on the image size, which the model leaves open");
}

TEST(Model, RefusesInputsOfAnotherShape) {
  const Model fixed = plain_model();
  expect_refused(
      [&] {
        fixed.infer({12, 9, 2});
      },
      "the model takes 12x8x2, got 12x9x2 (height x width x channels)");
  expect_refused([&] { fixed.infer({12, 8, 3}); }, "got 12x8x3");
  expect_refused([&] { fixed.infer({12, 8}); }, "got 12x8");
  const Model open = residual_model();
  EXPECT_EQ(open.infer({12, 20, 1}).back(), (Shape{12, 20, 1}));
  expect_refused(
      [&] {
        open.infer({13, 20, 1});
      },
      "layer \"clean\": Add needs inputs of one shape, got 12x20x1 and 13x20x1");
  expect_refused([&] { open.infer({1, 1, 1}); }, "layer \"pool\"");
}

TEST(Model, TakesSizesBack) {
  Model model({25, 25, 1});
  model.add({.name = "enc1", .layer = conv(4)});
  model.add({.name = "enc2", .layer = conv(6)});
  model.add({.name = "dec2", .layer = transposed(4), .output_like = "enc2"});
  model.add({.name = "dec1", .layer = transposed(1), .output_like = "enc1"});
  EXPECT_THAT(model.infer({25, 25, 1}),
              ElementsAre(Shape{25, 25, 1}, Shape{13, 13, 4}, Shape{7, 7, 6}, Shape{13, 13, 4},
                          Shape{25, 25, 1}));
}

TEST(Model, RefusesASizeThatCannotBeMet) {
  Model model({25, 25, 1});
  model.add({.name = "enc1", .layer = conv(4)});
  model.add({.name = "enc2", .layer = conv(6)});
  expect_refused([&] { model.add({.name = "dec", .layer = transposed(4), .output_like = "enc1"}); },
                 "an image of height 25 has 13 features, not 7; possible heights: 13, 14");
}

TEST(Model, SharesTheKernelOfATiedLayer) {
  Model model({12, 8, 2});
  model.add({.name = "enc", .layer = conv(4)});
  const Index dec = model.add({.name = "dec", .layer = transposed(2), .tied_to = "enc"});
  std::vector<std::string> names;
  for (const Parameter& parameter : model.parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, ElementsAre("enc/kernel", "enc/bias", "dec/bias"));
  EXPECT_THAT(model.nodes()[dec].parameters, ElementsAre(0, 2));
  EXPECT_EQ(model.parameter_count(), 3 * 3 * 2 * 4 + 4 + 2);
}

TEST(Model, DrawsItsParametersFromTheSeed) {
  Model model = plain_model();
  const Tensor kernel = model.parameters()[0].value;
  model.initialize(1);
  EXPECT_EQ(model.parameters()[0].value, kernel);
  model.initialize(2);
  EXPECT_NE(model.parameters()[0].value, kernel);
}

}  // namespace
}  // namespace adjoint
