// Numbers and pictures of what the layers of a model make of an image, of outputs written by hand.

#include <gmock/gmock.h>

#include "inference/inspection/layers/activation_pictures.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Tensor tensor_of(const Shape& shape, const std::vector<Real>& values) {
  return copy_of({values.data(), shape});
}

/// An input of 1x2 pixels and the output of a layer with three channels.
ActivationReport hand_made(const std::vector<Real>& features) {
  const Model model = build(model_text("[1, 2, 1]", {conv("enc1", 3, "activation = 'relu'")}));
  return {.image = "cat.png",
          .whole = {4, 4, 1},
          .input = {1, 2, 1},
          .layers = report_activations(
              model, {tensor_of({1, 2, 1}, {0.25, 0.5}), tensor_of({1, 2, 3}, features)})};
}

TEST(Activations, AreCountedByLayer) {
  const ActivationReport report = hand_made({0, 4, 0, 0, 0, 2});
  ASSERT_EQ(report.layers.size(), 2U);
  const LayerActivation& layer = report.layers[1];
  EXPECT_EQ(layer.layer, "enc1");
  EXPECT_EQ(layer.type, "Conv2D");
  EXPECT_EQ(layer.activation, "relu");
  EXPECT_EQ(layer.least, 0);
  EXPECT_EQ(layer.greatest, 4);
  EXPECT_DOUBLE_EQ(layer.mean, 1);
  EXPECT_NEAR(layer.standard_deviation, std::sqrt(20.0 / 6 - 1), 1e-12);
  EXPECT_NEAR(layer.zeros, 4.0 / 6, 1e-12);
  EXPECT_THAT(layer.silent, ElementsAre(0));  // channel 1 speaks at one place, 2 at the other
  EXPECT_TRUE(report.layers[0].silent.empty());
}

TEST(Activations, AreTold) {
  const ActivationReport report = hand_made({0, 4, 0, 0, 0, 2});
  EXPECT_EQ(activation_sentence(report), "Image cat.png: 1x2 pixels of its middle (of 4x4).");
  ActivationReport enlarged = report;
  enlarged.whole = enlarged.input = {1, 1, 1};
  EXPECT_THAT(activation_sentence(enlarged), HasSubstr("continued by reflection to 1x2"));
  EXPECT_THAT(activation_text(report),
              AllOf(HasSubstr("Conv2D, relu"), HasSubstr("66.7 %"), HasSubstr("1 of 3: 0")));
  const nlohmann::ordered_json json = activation_json(report);
  EXPECT_EQ(json["image"], "cat.png");
  EXPECT_EQ(json["layers"][1]["output"], nlohmann::ordered_json::array({1, 2, 3}));
  EXPECT_EQ(json["layers"][1]["silent_channels"], nlohmann::ordered_json::array({0}));
}

constexpr Index kTop = 12;  // pixels above the first tile: a separator and its number

/// Gray of a tile's first pixel; tiles of 1x2 pixels, 96 times enlarged.
Real tile(const Picture& picture, Index column, Index x) {
  return picture.pixels(kTop, 2 + column * (2 * 96 + 2) + x * 96, 0);
}

TEST(ActivationPictures, ShowZeroAsBlackWhereNothingIsBelow) {
  const std::vector<Picture> pictures = draw_activations(hand_made({0, 4, 0, 0, 0, 2}));
  ASSERT_EQ(pictures.size(), 3U);  // the input; three channels in colour and one by one
  EXPECT_EQ(pictures[0].file, "activation-00-input.png");
  EXPECT_EQ(pictures[1].file, "activation-01-enc1-colour.png");
  EXPECT_EQ(pictures[2].file, "activation-01-enc1.png");
  EXPECT_THAT(pictures[2].caption, AllOf(HasSubstr("3 channels"), HasSubstr("white: 4")));
  EXPECT_EQ(shape_of(pictures[2].pixels), (Shape{kTop + 96 + 2, 2 + 3 * (2 * 96 + 2), 1}));
  EXPECT_EQ(tile(pictures[2], 0, 0), 0);
  EXPECT_EQ(tile(pictures[2], 1, 0), 1);
  EXPECT_EQ(tile(pictures[2], 1, 1), 0);
  EXPECT_EQ(tile(pictures[2], 2, 1), Real(0.5));
  EXPECT_EQ(shape_of(pictures[1].pixels)[2], 3);
}

TEST(ActivationPictures, ShowZeroAsMidGrayWhereSomethingIsBelow) {
  const std::vector<Picture> pictures = draw_activations(hand_made({-4, 2, 0, 0, 0, 0}));
  EXPECT_THAT(pictures[2].caption, HasSubstr("mid-gray: 0, white: 4"));
  EXPECT_EQ(tile(pictures[2], 0, 0), 0);
  EXPECT_EQ(tile(pictures[2], 0, 1), Real(0.5));
  EXPECT_EQ(tile(pictures[2], 1, 0), Real(0.75));
}

TEST(ActivationPictures, ShowUnitsAsCellsAndLargeLayersSmaller) {
  ActivationReport report;
  report.layers.resize(2);
  report.layers[0] = {.layer = "code", .values = make_tensor({40}, 1), .greatest = 1};
  report.layers[1] = {.layer = "enc", .values = make_tensor({600, 300, 80}, 1), .greatest = 1};
  const std::vector<Picture> pictures = draw_activations(report);
  EXPECT_EQ(shape_of(pictures[0].pixels), (Shape{2 * 20 + 4, 32 * 20 + 4, 1}));
  EXPECT_THAT(pictures[1].caption, HasSubstr("the first 64 of 80 channels"));
  // Tiles of 192x96: 11 in a row of 1100 pixels, 6 rows.
  EXPECT_EQ(shape_of(pictures[1].pixels), (Shape{2 + 6 * (10 + 192 + 2), 2 + 11 * 98, 1}));
}

}  // namespace
}  // namespace adjoint
