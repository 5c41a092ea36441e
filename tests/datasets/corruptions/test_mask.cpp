#include <gmock/gmock.h>

#include <set>

#include "datasets/corruptions/mask.hpp"
#include "tests/datasets/corruptions/corrupt.hpp"

namespace adjoint {
namespace {

TEST(Mask, CoversTheFractionOfPixelsThatWasAsked) {
  const Tensor masked =
      corrupt(Mask{.fraction = {0.3, 0.3}, .value = 0.25}, gray(1, {100, 100, 3}));
  Index covered = 0;
  for (Index i = 0; i < 30000; i += 3) {
    const Real* pixel = masked.data() + i;
    EXPECT_TRUE(pixel[0] == 0.25F || pixel[0] == 1);
    EXPECT_TRUE(pixel[1] == pixel[0] && pixel[2] == pixel[0]);
    covered += pixel[0] != 1;
  }
  EXPECT_NEAR(static_cast<double>(covered), 3000, 5 * 46);  // binomial
}

/// Corners of the covered rectangle: top, left, bottom, right, the last two one beyond.
std::array<Index, 4> covered_box(const Tensor& image) {
  const Shape shape = shape_of(image);
  std::array<Index, 4> box{shape[0], shape[1], 0, 0};
  for (Index y = 0; y < shape[0]; ++y) {
    for (Index x = 0; x < shape[1]; ++x) {
      if (image.data()[y * shape[1] + x] != 0) continue;
      box = {std::min(box[0], y), std::min(box[1], x), std::max(box[2], y + 1),
             std::max(box[3], x + 1)};
    }
  }
  return box;
}

TEST(Mask, CoversABoxThatLiesAnywhereWithin) {
  std::set<Index> tops, lefts;
  for (Index i = 0; i < 200; ++i) {
    const Tensor masked =
        corrupt(Mask{.shape = MaskShape::boxes, .size = {3, 5}}, gray(1, {6, 9, 1}), i);
    const auto [top, left, bottom, right] = covered_box(masked);
    EXPECT_EQ(bottom - top, 3);
    EXPECT_EQ(right - left, 5);
    EXPECT_EQ(std::count(masked.begin(), masked.end(), Real{0}), 15);
    tops.insert(top);
    lefts.insert(left);
  }
  EXPECT_EQ(tops, (std::set<Index>{0, 1, 2, 3}));
  EXPECT_EQ(lefts, (std::set<Index>{0, 1, 2, 3, 4}));
}

TEST(Mask, CoversSeveralBoxes) {
  const Mask mask{.shape = MaskShape::boxes, .size = {2, 2}, .count = 3};
  Index most = 0;
  for (Index i = 0; i < 50; ++i) {
    const Tensor masked = corrupt(mask, gray(1, {40, 40, 1}), i);
    most = std::max<Index>(most, std::count(masked.begin(), masked.end(), Real{0}));
  }
  EXPECT_EQ(most, 12);
}

TEST(Mask, CoversTheWholeOfAnImageThatIsSmallerThanItsBox) {
  EXPECT_EQ(corrupt(Mask{.shape = MaskShape::boxes, .size = {30, 30}}, gray(1, {4, 5, 1})),
            gray(0, {4, 5, 1}));
}

// On a grid of cells of 4 x 4 that begins anywhere, every cell is whole or untouched.
TEST(Mask, CoversAFractionOfTheCellsOfAGrid) {
  const Mask mask{.shape = MaskShape::cells, .fraction = {0.25, 0.25}, .cell_sizes = {4}};
  for (std::uint32_t i = 0; i < 20; ++i) {
    const Tensor seen = corrupt(mask, gray(1, {64, 64, 1}), i);
    // Where values change along a row or a column, by their place modulo 4.
    std::array<int, 4> rows{}, columns{};
    Index covered = 0;
    for (Index y = 0; y < 64; ++y) {
      for (Index x = 0; x < 64; ++x) {
        const Real own = seen.data()[y * 64 + x];
        covered += own == 0 ? 1 : 0;
        if (y > 0 && own != seen.data()[(y - 1) * 64 + x]) ++rows[static_cast<std::size_t>(y % 4)];
        if (x > 0 && own != seen.data()[y * 64 + x - 1]) ++columns[static_cast<std::size_t>(x % 4)];
      }
    }
    EXPECT_NEAR(static_cast<double>(covered) / (64 * 64), 0.25, 0.03);
    EXPECT_EQ(std::ranges::count(rows, 0), 3);
    EXPECT_EQ(std::ranges::count(columns, 0), 3);
  }
}

TEST(Mask, DrawsTheSizeOfTheCellsForEachImage) {
  const Mask mask{.shape = MaskShape::cells, .fraction = {0.5, 0.5}, .cell_sizes = {1, 32}};
  int changes_often = 0;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const Tensor seen = corrupt(mask, gray(1, {64, 64, 1}), i);
    int changes = 0;
    for (Index x = 1; x < 64; ++x) changes += seen.data()[x] != seen.data()[x - 1] ? 1 : 0;
    changes_often += changes > 10 ? 1 : 0;
  }
  EXPECT_GT(changes_often, 3);
  EXPECT_LT(changes_often, 17);
}

}  // namespace
}  // namespace adjoint
