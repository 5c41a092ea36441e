#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/storage/checkpoint.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/report_json.hpp"
#include "inference/inspection/report_tables.hpp"
#include "inference/inspection/report_text.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Inspection inspected(const Model& model, const Shape& input) {
  const std::map<std::string, Tensor> initial = copy_weights(model);
  Inspection inspection = inspect(model, input, &initial);
  inspection.name = "a <name>";
  inspection.epochs = 1;
  return inspection;
}

TEST(ReportText, ShowsLayersAndPairs) {
  const std::string text = report_text(inspected(strided_model(), {28, 28, 1}));
  EXPECT_THAT(text, HasSubstr("a <name> after 1 epoch\n"));
  EXPECT_THAT(text, HasSubstr("enc1   Conv2D, relu     14x14x8          80         14,112   6.1 KiB"
                              "    3x3   3x3x1x8\n"));
  EXPECT_THAT(text, HasSubstr("The code, enc2, holds 784 numbers for the image's 784"));
  EXPECT_THAT(text, HasSubstr("Both kernels are 3x3x1x8 and can be compared as they are stored."));
  EXPECT_THAT(text, HasSubstr("agree no more than random ones"));
}

TEST(ReportText, SaysWhatStandsInTheWayOfAComparison) {
  const std::string text = report_text(inspected(keras_model(), {28, 28, 1}));
  EXPECT_THAT(text, HasSubstr("3x3x1x32 beside 3x3x32x32: they differ in image channels"));
  EXPECT_THAT(text, HasSubstr("OTHER KERNELS"));
  EXPECT_THAT(report_text(inspected(tied_model(), {25, 24, 1})),
              HasSubstr("One kernel, 3x3x1x8, that both layers use"));
}

TEST(ReportText, ShowsNoWeightsWithoutACheckpoint) {
  const std::string text = report_text(inspect(strided_model(), {28, 28, 1}, nullptr));
  EXPECT_THAT(text, HasSubstr(", not trained"));
  EXPECT_THAT(text, Not(HasSubstr("norm of")));
}

TEST(ReportText, ComparesWithNoWeightsThatAreNotKnown) {
  Inspection inspection = inspected(strided_model(), {28, 28, 1});
  const std::size_t all = draw_pictures(inspection).size();
  EXPECT_THAT(report_text(inspection), AllOf(HasSubstr("before"), HasSubstr("change, as a share")));
  inspection.initial_known = false;
  const std::string text = report_text(inspection);
  EXPECT_THAT(
      text, AllOf(HasSubstr("does not hold the weights before training"), HasSubstr("norm of enc1"),
                  Not(HasSubstr("change")), Not(HasSubstr("  before"))));
  EXPECT_EQ(2 * draw_pictures(inspection).size(), all);
  const auto json = report_json(inspection);
  EXPECT_TRUE(json["kernels"][0]["before"].is_null());
  EXPECT_TRUE(json["kernels"][0]["relative_change"].is_null());
  EXPECT_TRUE(json["pairs"][0]["before"].is_null());
  EXPECT_GT(json["kernels"][0]["after"]["norm"], 0);
}

TEST(ReportJson, HoldsEverything) {
  const auto json = report_json(inspected(strided_model(), {28, 28, 1}));
  EXPECT_EQ(json["layers"][2]["name"], "enc2");
  EXPECT_EQ(json["layers"][2]["part"], "latent");
  EXPECT_EQ(json["layers"][2]["receptive_field"], nlohmann::ordered_json::array({7, 7}));
  EXPECT_EQ(json["pairs"][0]["transpose"], "dec1");
  EXPECT_EQ(json["pairs"][0]["after"]["cosine_by_channel"].size(), 8U);
  EXPECT_EQ(json["kernels"][1]["shape"], nlohmann::ordered_json::array({3, 3, 8, 16}));
  EXPECT_EQ(json["kernels"][1]["after"]["singular_values"].size(), 16U);
  EXPECT_TRUE(json["layers"][0]["kernel"].is_null());
}

TEST(WithCommas, GroupsThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(-123456), "-123,456");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

}  // namespace
}  // namespace adjoint
