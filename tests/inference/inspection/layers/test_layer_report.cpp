#include <gtest/gtest.h>

#include "inference/inspection/layers/layer_report.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

const LayerRow& row(const LayerReport& report, const std::string& name) {
  return *std::ranges::find(report.layers, name, &LayerRow::name);
}

TEST(LayerReport, CountsByHandForTheStridedModel) {
  const LayerReport report = report_layers(strided_model(), {28, 28, 1});
  EXPECT_EQ(row(report, "input").activation_bytes, 28 * 28 * 4);
  const LayerRow& enc1 = row(report, "enc1");
  EXPECT_EQ(enc1.type, "Conv2D");
  EXPECT_EQ(enc1.activation, "relu");
  EXPECT_EQ(enc1.output, (Shape{14, 14, 8}));
  EXPECT_EQ(enc1.kernel, (Shape{3, 3, 1, 8}));
  EXPECT_EQ(enc1.parameters, 3 * 3 * 8 + 8);
  EXPECT_EQ(enc1.multiply_adds, 14 * 14 * 3 * 3 * 8);
  EXPECT_EQ(enc1.activation_bytes, 14 * 14 * 8 * 4);
  EXPECT_EQ(row(report, "enc2").multiply_adds, 7 * 7 * 3 * 3 * 8 * 16);
  // A transposed convolution multiplies once for each feature and tap, not for each output pixel.
  EXPECT_EQ(row(report, "dec2").multiply_adds, 7 * 7 * 3 * 3 * 8 * 16);
  EXPECT_EQ(row(report, "dec2").kernel, (Shape{3, 3, 8, 16}));
  EXPECT_EQ(row(report, "dec1").multiply_adds, 14 * 14 * 3 * 3 * 8);
  EXPECT_EQ(report.multiply_adds, 2 * (14 * 14 * 72 + 7 * 7 * 9 * 8 * 16));
  EXPECT_EQ(report.parameters, (72 + 8) + (1152 + 16) + (1152 + 8) + (72 + 1));
  EXPECT_EQ(report.activation_bytes, 4 * (784 + 1568 + 784 + 1568 + 784));
}

TEST(LayerReport, MarksTheHalvesAroundTheCode) {
  const LayerReport report = report_layers(strided_model(), {28, 28, 1});
  EXPECT_EQ(row(report, "enc1").part, LayerRow::Part::encoder);
  EXPECT_EQ(row(report, "enc2").part, LayerRow::Part::latent);
  EXPECT_EQ(row(report, "dec2").part, LayerRow::Part::decoder);
  EXPECT_EQ(report_layers(keras_model(), {28, 28, 1}).layers[1].part, LayerRow::Part::none);
}

TEST(LayerReport, CountsASharedKernelOnce) {
  const LayerReport report = report_layers(tied_model(), {25, 24, 1});
  EXPECT_EQ(row(report, "dec2").parameters, 8);  // its bias
  EXPECT_EQ(row(report, "dec2").tied_to, "enc2");
  EXPECT_EQ(row(report, "dec1").output_like, "enc1");
  Index sum = 0;
  for (const LayerRow& layer : report.layers) sum += layer.parameters;
  EXPECT_EQ(sum, report.parameters);
  EXPECT_EQ(report.parameters, (72 + 8) + (1152 + 16) + 8 + 1);
}

TEST(LayerReport, TellsApartWhatIsNotTrained) {
  const Model model =
      build(model_text("[8, 8, 1]", {conv("enc", 4), layer("norm", "BatchNormalization", "")}));
  const LayerReport report = report_layers(model, {8, 8, 1});
  EXPECT_EQ(row(report, "norm").parameters, 16);
  EXPECT_EQ(report.parameters - report.trainable_parameters, 8);  // the moving averages
}

TEST(TypicalInput, IsTheSmallestFrom64OnThatComesBack) {
  EXPECT_EQ(typical_input(strided_model("[0, 0, 1]")), (Shape{64, 64, 1}));
  EXPECT_EQ(typical_input(strided_model("[28, 28, 1]")), (Shape{28, 28, 1}));
  EXPECT_EQ(typical_input(strided_model("[0, 20, 1]")), (Shape{64, 20, 1}));
  const Model thirds =
      build(model_text("[0, 0, 1]", {layer("down", "MaxPooling2D", "pool_size = 3"),
                                     layer("up", "UpSampling2D", "size = 3")}));
  EXPECT_EQ(typical_input(thirds), (Shape{66, 66, 1}));
}

}  // namespace
}  // namespace adjoint
