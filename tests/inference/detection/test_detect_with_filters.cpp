#include "inference/detection/detect_with_filters.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Kind = ClassicalFilter::Kind;

constexpr Index kSide = 16;

class DetectWithFilters : public testing::Test {
 protected:
  static Tensor flat(Real level) { return make_tensor({kSide, kSide, 1}, level); }
  /// Adds to a level of an image, in a part of it of this height and width.
  static Tensor with_part(Tensor image, Index top, Index left, Index height, Index width,
                          Real more) {
    for (Index y = top; y < top + height; ++y)
      for (Index x = left; x < left + width; ++x) image.data()[y * kSide + x] += more;
    return image;
  }

  /// Figures of the best filters, where the images at the first `defective` places are defective.
  std::vector<FilterFigures> figures(const std::vector<Tensor>& images, std::size_t defective,
                                     const std::vector<ClassicalFilter>& filters,
                                     ScoreKind score = ScoreKind::max, bool masks = false) {
    Tensor all = make_tensor({static_cast<Index>(images.size()), kSide, kSide, 1});
    Tensor labels = make_tensor({static_cast<Index>(images.size())}, 0);
    for (std::size_t i = 0; i < images.size(); ++i) {
      std::ranges::copy(images[i], view(all).slice(static_cast<Index>(i), 1).data);
      labels.data()[i] = i < defective ? 1 : 0;
    }
    write_npy(folder_ / "images.npy", view(std::as_const(all)));
    write_npy(folder_ / "labels.npy", view(std::as_const(labels)));
    ImageSource source({(folder_ / "images.npy").string()}, 1);
    GroundTruth truth;
    truth.labels.emplace(folder_ / "labels.npy", std::vector<std::string>{"0"}, source.names());
    if (masks) truth.masks.emplace(DefectMasks::Kind::masks, folder_ / "masks", source.names());
    Detection found({.settings = {.score = score}, .threshold = 1}, std::move(truth));
    for (std::size_t i = 0; i < images.size(); ++i) {
      found.add(found.examine(static_cast<Index>(i), source.names()[i], view(images[i]),
                              view(images[i])));
    }
    found.finish(source.names());
    ThreadPool pool(2);
    Index done = 0;
    const auto best = detect_with_filters(source, filters, found, pool,
                                          [&](Index count) { EXPECT_EQ(count, ++done); });
    EXPECT_EQ(done, static_cast<Index>(images.size()));
    return best;
  }

  TempFolder folder_;
};

// A 3x3 median removes the four corners of a 3x3 square: a window around a corner holds 4 pixels of
// the square, fewer than half of its 9. The other 5 pixels stay.
TEST_F(DetectWithFilters, RanksImagesAndPixels) {
  std::filesystem::create_directory(folder_ / "masks");
  const Tensor mask = with_part(flat(0), 5, 6, 3, 3, 1);
  write_image(folder_ / "masks/images-00000.png", view(mask));
  const Tensor square = with_part(flat(Real(0.3)), 5, 6, 3, 3, Real(0.4));
  const std::vector<FilterFigures> best =
      figures({square, flat(Real(0.3)), flat(Real(0.6))}, 1, {{Kind::median, {3, 3}}},
              ScoreKind::max, /*masks=*/true);
  ASSERT_EQ(best.size(), 1U);
  EXPECT_EQ(best[0].filter.name(), "median 3x3");
  EXPECT_EQ(best[0].ranking.auroc, 1);
  EXPECT_EQ(best[0].ranking.average_precision, 1);
  // The other 5 have no residual, as all normal pixels.
  ASSERT_TRUE(best[0].pixel_ranking);
  EXPECT_NEAR(best[0].pixel_ranking->auroc, 4 / 9.0 + 5 / 9.0 / 2, 1e-9);
  EXPECT_NEAR(*best[0].region_overlap, 4 / 9.0 + 5 / 9.0 * 0.15, 1e-9);
}

// Layers run through all images, which a window across them takes for a defect. A square of 3 fills
// more than half of a row of 5, and less than half of one of 9.
TEST_F(DetectWithFilters, TakesTheWindowThatDoesBest) {
  const Tensor layer = with_part(flat(Real(0.2)), 11, 0, 1, kSide, Real(0.5));
  const Tensor square = with_part(layer, 4, 6, 3, 3, Real(0.3));
  const std::vector<ClassicalFilter> filters{{Kind::median, {3, 3}},
                                             {Kind::median, {1, 5}},
                                             {Kind::median, {9, 1}},
                                             {Kind::median, {1, 9}}};
  const std::vector<FilterFigures> best = figures({square, square, layer, layer}, 2, filters);
  ASSERT_EQ(best.size(), 1U);
  EXPECT_EQ(best[0].filter.name(), "median 1x9");
  EXPECT_EQ(best[0].ranking.auroc, 1);
  EXPECT_FALSE(best[0].pixel_ranking);
  EXPECT_FALSE(best[0].region_overlap);
  EXPECT_EQ(figures({square, layer}, 1, {filters[0]})[0].ranking.auroc, 0.5);
  EXPECT_EQ(figures({square, layer}, 1, {filters[1]})[0].ranking.auroc, 0.5);
}

// Columns of 0.25 and 0.75: all windows of a row of 3 have one variance, which is therefore the
// noise, and the filter takes the mean: residuals of 1/3. A pixel far above them raises the
// variance of its windows, and the filter keeps more of them: their residuals are smaller. With a
// larger variance for the noise they would be larger.
TEST_F(DetectWithFilters, EstimatesTheNoiseForTheWienerFilter) {
  Tensor noise = flat(Real(0.25));
  for (Index x = 1; x < kSide; x += 2) noise = with_part(noise, 0, x, kSide, 1, Real(0.5));
  const Tensor bright = with_part(noise, 8, 7, 1, 1, Real(0.5));
  const std::vector<FilterFigures> best =
      figures({bright, noise}, 1, {{Kind::wiener, {1, 3}}}, ScoreKind::mean);
  ASSERT_EQ(best.size(), 1U);
  EXPECT_EQ(best[0].filter.name(), "Wiener 1x3");
  EXPECT_EQ(best[0].ranking.auroc, 0);
}

TEST_F(DetectWithFilters, RanksImagesWithoutAScoreAboveAllOthers) {
  const Tensor square = with_part(flat(Real(0.3)), 5, 6, 3, 3, Real(0.4));
  Tensor broken = flat(Real(0.3));
  broken.data()[0] = std::numeric_limits<Real>::quiet_NaN();
  const std::vector<FilterFigures> best = figures({square, square, flat(Real(0.3)), broken}, 2,
                                                  {{Kind::median, {3, 3}}, {Kind::wiener, {3, 3}}});
  ASSERT_EQ(best.size(), 2U);
  EXPECT_EQ(best[0].ranking.auroc, 0.5);
}

TEST_F(DetectWithFilters, NeedsImagesOfBothKinds) {
  const Tensor image = flat(Real(0.3));
  EXPECT_THAT(
      [&] {
        figures({image, image}, 2, {{Kind::median, {3, 3}}});
      },
      ThrowsMessage<InputError>(
          AllOf(HasSubstr("2 of 2 images are defective and 0 are not"), HasSubstr("--normal"))));
  EXPECT_THAT(
      [&] {
        figures({image, image}, 0, {{Kind::median, {3, 3}}});
      },
      ThrowsMessage<InputError>(HasSubstr("0 of 2 images are defective and 2 are not")));
}

}  // namespace
}  // namespace adjoint
