#include "inference/inspection/latent/latent_report.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "inference/inspection/latent/latent_pictures.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

/// Five images of one gray level each, and their codes of three numbers: the second is always 0.25,
/// the third always 0.
LatentImages five() {
  LatentImages images{.images = make_tensor({5, 4, 4, 1}),
                      .codes = make_tensor({5, 3}),
                      .names = {"a", "b", "c", "d & e", "f"}};
  const Real places[] = {0, 1, 3, 7, 15};
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t k = 0; k < 16; ++k) images.images.data()[16 * i + k] = places[i] / 16;
    images.codes(i, 0) = places[i];
    images.codes(i, 1) = 0.25;
    images.codes(i, 2) = 0;
  }
  return images;
}

TEST(LatentReport, FindsUnitsThatTellNothing) {
  const LatentReport report = report_latent(five());
  EXPECT_EQ(report.units, 3);
  ASSERT_EQ(report.dead.size(), 2U);
  EXPECT_EQ(report.dead[0].unit, 1);
  EXPECT_NEAR(report.dead[0].value, 0.25, 1e-7);
  EXPECT_EQ(report.dead[1].unit, 2);
  EXPECT_EQ(report.dead[1].value, 0);
  EXPECT_THAT(latent_text(report, five()),
              HasSubstr("dead units  2 of 3: 1 (always 0.25), 2 (always 0)"));
}

TEST(LatentReport, CountsAChannelOfCodesWithHeightAndWidthOnce) {
  LatentImages images = five();
  images.codes = make_tensor({5, 2, 2, 2}, Real{0.5});
  images.codes(3, 1, 0, 1) = 0.7;  // one number of the second channel
  const LatentReport report = report_latent(images);
  EXPECT_EQ(report.units, 2);
  ASSERT_EQ(report.dead.size(), 1U);
  EXPECT_EQ(report.dead[0].unit, 0);
}

TEST(LatentReport, FindsTheNearestCodes) {
  const LatentReport report = report_latent(five());
  ASSERT_EQ(report.neighbours.size(), 5U);
  EXPECT_THAT(report.neighbours[0].nearest, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(report.neighbours[0].distances, ElementsAre(1, 3, 7, 15));
  EXPECT_THAT(report.neighbours[2].nearest, ElementsAre(1, 0, 3, 4));
  EXPECT_THAT(report.neighbours[3].nearest, ElementsAre(2, 1, 0, 4));
}

TEST(LatentReport, IsOneDocument) {
  LatentImages images = five();
  images.labels = {0, 0, 1, 1, 1};
  const nlohmann::ordered_json json = latent_json(report_latent(images), images);
  EXPECT_EQ(json.at("images"), 5);
  EXPECT_EQ(json.at("code"), (std::vector<Index>{3}));
  EXPECT_NEAR(json.at("explained_variance").at(0), 1, 1e-9);
  EXPECT_EQ(json.at("directions_for_90_percent"), 1);
  EXPECT_EQ(json.at("dead_units").size(), 2U);
  EXPECT_EQ(json.at("points").at(2).at("label"), 1);
  // From the mean, 5.2, on.
  EXPECT_NEAR(json.at("points").at(4).at("place").at(0), 9.8, 1e-5);
  EXPECT_EQ(json.at("neighbours").at(0).at("nearest").at(0).at("name"), "b");
}

TEST(LatentReport, NeedsTwoImages) {
  LatentImages one{
      .images = make_tensor({1, 4, 4, 1}, 0), .codes = make_tensor({1, 3}, 0), .names = {"a"}};
  EXPECT_THAT([&] { report_latent(one); }, ThrowsMessage<InputError>(HasSubstr("two images")));
}

TEST(LatentPictures, ShowAPointForEachImageColouredByLabel) {
  LatentImages images = five();
  const LatentReport report = report_latent(images);
  const std::string plain = latent_scatter_svg(report, images);
  EXPECT_THAT(plain,
              AllOf(HasSubstr("<title>d &amp; e</title>"),
                    HasSubstr("direction 1 (100.0% of the variance)"), Not(HasSubstr("#ee6677"))));
  images.labels = {0, 0, 1, 1, 1};
  images.label_names = {"cat", "dog"};
  const std::string coloured = latent_scatter_svg(report, images);
  EXPECT_THAT(coloured, AllOf(HasSubstr("<title>a: cat</title>"), HasSubstr(">dog</text>")));
  const auto count = [&](const std::string& part) {
    Index found = 0;
    for (std::size_t at = 0; (at = coloured.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  };
  // Points, and one in the legend.
  EXPECT_EQ(count("fill=\"#4477aa\""), 2 + 1);
  EXPECT_EQ(count("fill=\"#ee6677\""), 3 + 1);
}

TEST(LatentPictures, PutImagesAtTheirPlaces) {
  const LatentImages images = five();
  const Tensor picture = latent_thumbnails(report_latent(images), images);
  const Shape shape = shape_of(picture);
  // Along the middle, from the left edge to the right one: image a is black, f nearly white.
  const Index middle = shape[0] / 2;
  const auto at = [&](Index x) { return picture.data()[middle * shape[1] + x]; };
  EXPECT_EQ(at(2), 0);
  EXPECT_NEAR(at(shape[1] - 2), 15.0 / 16, 1e-6);
  EXPECT_NEAR(at(shape[1] * 7 / 15), 7.0 / 16, 1e-6);
  EXPECT_EQ(at(shape[1] * 11 / 15), 1);  // nobody there
  EXPECT_EQ(picture.data()[2], 1);       // nor in the corner
}

TEST(LatentPictures, ShowARowOfNeighboursForEachImage) {
  const LatentImages images = five();
  const Tensor sheet = neighbour_sheet(report_latent(images), images);
  const Shape shape = shape_of(sheet);
  EXPECT_EQ(shape[0], shape[1]);  // 5 rows of 1 + 4 images
  // The fourth row: d, then c, b, a, f.
  const Index step = shape[1] / 5;
  std::vector<int> levels;
  for (Index column = 0; column < 5; ++column) {
    const Index y = 3 * step + step / 2, x = column * step + step / 2;
    levels.push_back(static_cast<int>(std::lround(sheet.data()[y * shape[1] + x] * 16)));
  }
  EXPECT_THAT(levels, ElementsAre(7, 3, 1, 0, 15));
}

}  // namespace
}  // namespace adjoint
