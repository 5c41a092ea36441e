#include "datasets/image_grid.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <numeric>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ImageGrid, SetsSamplesInRowsAndBatchesInColumns) {
  Tensor noisy = make_tensor({3, 1, 2, 1});
  Tensor clean = make_tensor({3, 1, 2, 1});
  for (Index i = 0; i < 6; ++i) {
    noisy.data()[i] = static_cast<Real>(i) / 10;
    clean.data()[i] = static_cast<Real>(i) - 1;
  }
  const Tensor picture = image_grid({view(noisy), view(clean)}, {.separator = 1, .zoom = 2});
  ASSERT_EQ(shape_of(picture), (Shape{3 * 3 + 1, 2 * 5 + 1, 1}));
  EXPECT_EQ(picture(0, 3, 0), 1);  // separators
  EXPECT_EQ(picture(4, 5, 0), 1);
  EXPECT_EQ(picture(9, 10, 0), 1);
  // The second sample's two pixels, 0.2 and 0.3, are two wide and two high.
  EXPECT_EQ(picture(4, 1, 0), 0.2F);
  EXPECT_EQ(picture(5, 2, 0), 0.2F);
  EXPECT_EQ(picture(4, 3, 0), 0.3F);
  EXPECT_EQ(picture(5, 4, 0), 0.3F);
  // Clipped.
  EXPECT_EQ(picture(1, 6, 0), 0);
  EXPECT_EQ(picture(8, 9, 0), 1);
}

TEST(ImageGrid, EnlargesSmallImagesOnly) {
  const Tensor small = make_tensor({1, 28, 28, 3}, Real{0});
  EXPECT_EQ(shape_of(image_grid({view(small)})), (Shape{3 * 28 + 4, 3 * 28 + 4, 3}));
  const Tensor large = make_tensor({1, 180, 200, 1}, Real{0});
  EXPECT_EQ(shape_of(image_grid({view(large)})), (Shape{184, 204, 1}));
}

TEST(ImageGrid, DrawsSignalsAsCurves) {
  // 96 values: two pixels each. Low, then high.
  Tensor signals = make_tensor({1, 1, 96, 1}, Real{0});
  std::fill(signals.begin() + 48, signals.end(), Real{1});
  const Tensor flat = make_tensor({1, 1, 96, 1}, Real{1} / 3);
  const Tensor picture = data_grid({view(signals), view(flat)});
  ASSERT_EQ(shape_of(picture), (Shape{64 + 4, 2 * 192 + 6, 1}));
  const auto black = [&](Index x) {
    std::vector<Index> rows;
    for (Index y = 0; y < 64; ++y) {
      if (picture(2 + y, 2 + x, 0) == 0) rows.push_back(y);
    }
    return rows;
  };
  std::vector<Index> all(64);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(black(0), ElementsAre(63));
  EXPECT_THAT(black(94), ElementsAre(63));
  EXPECT_EQ(black(95), all);  // from the last low value to the first high one
  EXPECT_THAT(black(96), ElementsAre(0));
  EXPECT_THAT(black(191), ElementsAre(0));
  EXPECT_THAT(black(194 + 50), ElementsAre(42));  // two thirds down

  Tensor colours = make_tensor({1, 1, 1, 3}, Real{1});
  colours.data()[1] = 0;
  const Tensor coloured = data_grid({view(colours)});
  ASSERT_EQ(shape_of(coloured), (Shape{68, 196, 3}));
  EXPECT_EQ(coloured(2 + 63, 100, 0), 0);  // green at the bottom
  EXPECT_EQ(coloured(2 + 63, 100, 1), 1);
  EXPECT_EQ(coloured(2 + 63, 100, 2), 0);
  EXPECT_EQ(coloured(2 + 30, 100, 0), 1);
}

TEST(ImageGrid, DrawsWhatIsNotANumberAtTheBottom) {
  const Tensor lost = make_tensor({1, 1, 192, 1}, std::numeric_limits<Real>::quiet_NaN());
  const Tensor black = make_tensor({1, 1, 192, 1}, Real{0});
  EXPECT_EQ(data_grid({view(lost)}), data_grid({view(black)}));
}

TEST(ImageGrid, ShowsImagesOfMoreRowsAsTheyAre) {
  const Tensor image = make_tensor({1, 2, 96, 1}, Real{0});
  EXPECT_EQ(data_grid({view(image)}), image_grid({view(image)}));
}

TEST(ImageGrid, RefusesColumnsThatDiffer) {
  const Tensor a = make_tensor({2, 4, 4, 1}, Real{0});
  const Tensor b = make_tensor({2, 4, 5, 1}, Real{0});
  EXPECT_THAT(
      [&] {
        image_grid({view(a), view(b)});
      },
      ThrowsMessage<InputError>(HasSubstr("2x4x4x1 and 2x4x5x1")));
}

}  // namespace
}  // namespace adjoint
