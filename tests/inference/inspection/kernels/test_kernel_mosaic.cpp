#include <gtest/gtest.h>

#include "inference/inspection/kernels/kernel_mosaic.hpp"
#include "tests/inference/inspection/kernels.hpp"

namespace adjoint {
namespace {

constexpr Index kLine = 10, kLetter = 6;  // pixels of a line and of a letter
constexpr Index kGap = 4;                 // behind the names of rows

/// A picture without its white separators of 2 pixels and its texts, one number for each enlarged
/// weight.
struct Tiles {
  Tensor picture;
  Index tile_height, tile_width, zoom;
  Index above_each = kLine;  // a number
  Index top = 0, left = 0;   // texts above the columns and beside the rows

  Real at(Index row, Index column, Index y, Index x, Index channel = 0) const {
    return picture(2 + top + row * (above_each + tile_height * zoom + 2) + above_each + y * zoom,
                   2 + left + column * (tile_width * zoom + 2) + x * zoom, channel);
  }
  /// Black pixels of a part.
  Index ink(Index from_row, Index rows, Index from_column, Index columns) const {
    Index count = 0;
    for (Index y = from_row; y < from_row + rows; ++y)
      for (Index x = from_column; x < from_column + columns; ++x) count += picture(y, x, 0) == 0;
    return count;
  }
};

TEST(KernelMosaic, ShowsZeroAsMidGrayAndTheScaleAsBlackAndWhite) {
  // 1x2 weights, 1 image channel, 2 features: (0, -2) and (1, 4).
  const Tensor kernel = make_kernel({1, 2, 1, 2}, {0, 1, -2, 4});
  const Tiles tiles{kernel_mosaic(view(kernel), 4), 1, 2, 22};
  EXPECT_EQ(shape_of(tiles.picture), (Shape{2 + kLine + 22 + 2, 2 + 44 + 2 + 44 + 2, 1}));
  EXPECT_FLOAT_EQ(tiles.at(0, 0, 0, 0), 0.5F);
  EXPECT_FLOAT_EQ(tiles.at(0, 0, 0, 1), 0.25F);
  EXPECT_FLOAT_EQ(tiles.at(0, 1, 0, 0), 0.625F);
  EXPECT_FLOAT_EQ(tiles.at(0, 1, 0, 1), 1);
  EXPECT_EQ(tiles.picture(0, 0, 0), 1);  // the separator
}

TEST(KernelMosaic, ShowsThreeImageChannelsAsColours) {
  const Tensor kernel = make_kernel({1, 1, 3, 1}, {1, 0, -1});
  const Tiles tiles{kernel_mosaic(view(kernel), 1), 1, 1, 22};
  EXPECT_EQ(tiles.at(0, 0, 0, 0, 0), 1);
  EXPECT_EQ(tiles.at(0, 0, 0, 0, 1), 0.5F);
  EXPECT_EQ(tiles.at(0, 0, 0, 0, 2), 0);
}

TEST(KernelMosaic, GivesOtherImageChannelsARowEach) {
  // Image channels (1, 2) of feature 0 and (3, 4) of feature 1.
  const Tensor kernel = make_kernel({1, 1, 2, 2}, {1, 3, 2, 4});
  const Tiles tiles{kernel_mosaic(view(kernel), 4), 1, 1, 22, 0, kLine, kGap + kLetter};
  EXPECT_FLOAT_EQ(tiles.at(0, 0, 0, 0), 0.5F + 1.0F / 8);
  EXPECT_FLOAT_EQ(tiles.at(0, 1, 0, 0), 0.5F + 3.0F / 8);
  EXPECT_FLOAT_EQ(tiles.at(1, 0, 0, 0), 0.5F + 2.0F / 8);
  EXPECT_FLOAT_EQ(tiles.at(1, 1, 0, 0), 1);
  // Numbers above the columns and beside the rows.
  EXPECT_GT(tiles.ink(2, kLine, 12, 22), 0);
  EXPECT_GT(tiles.ink(2, kLine, 12 + 24, 22), 0);
  EXPECT_GT(tiles.ink(12, 22, 2, kLetter), 0);
  EXPECT_GT(tiles.ink(12 + 24, 22, 2, kLetter), 0);
}

TEST(KernelMosaic, WrapsTheImageChannelsOfASingleFeature) {
  Tensor kernel = make_tensor({1, 1, 18, 1}, 0);
  kernel.data()[17] = 1;
  const Tiles tiles{kernel_mosaic(view(kernel), 1), 1, 1, 22};
  EXPECT_EQ(shape_of(tiles.picture), (Shape{2 + 2 * (24 + kLine), 2 + 16 * 24, 1}));
  EXPECT_EQ(tiles.at(1, 1, 0, 0), 1);
  EXPECT_EQ(tiles.at(0, 1, 0, 0), 0.5F);
}

TEST(PairMosaic, HasTheSecondKernelInBothOrders) {
  const Tensor first = make_kernel({1, 1, 1, 2}, {4, 0});
  const Tensor second = make_kernel({1, 1, 1, 2}, {-2, 2});
  const Tiles tiles{pair_mosaic(view(first), view(second), {"conv", "trans"}, {1, 0}, 4),
                    1,
                    1,
                    22,
                    kLine,
                    0,
                    kGap + 5 * kLetter};
  EXPECT_EQ(shape_of(tiles.picture)[0], 2 + 3 * (24 + kLine));
  EXPECT_FLOAT_EQ(tiles.at(0, 0, 0, 0), 1);
  EXPECT_FLOAT_EQ(tiles.at(1, 0, 0, 0), 0.25F);
  EXPECT_FLOAT_EQ(tiles.at(2, 0, 0, 0), 0.75F);
  EXPECT_FLOAT_EQ(tiles.at(2, 1, 0, 0), 0.25F);
  // The third row has the numbers of the kernels that it shows, 1 and 0, and its layer's name.
  constexpr Index kRow = 24 + kLine, kFirst = 2 + kGap + 5 * kLetter;
  const auto number = [&](Index row, Index column) {
    return tiles.ink(2 + row * kRow, kLine, kFirst + column * 24, 22);
  };
  EXPECT_NE(number(0, 0), number(0, 1));
  EXPECT_EQ(number(2, 0), number(0, 1));
  EXPECT_EQ(number(2, 1), number(0, 0));
  EXPECT_EQ(tiles.ink(2 + 2 * kRow, kRow, 2, 5 * kLetter),
            tiles.ink(2 + kRow, kRow, 2, 5 * kLetter));
  EXPECT_NE(tiles.ink(2, kRow, 2, 5 * kLetter), tiles.ink(2 + kRow, kRow, 2, 5 * kLetter));
}

TEST(PairMosaic, BeginsWithTheStrongestImageChannel) {
  const Tensor first = make_kernel({1, 1, 2, 1}, {1, 3});
  const Tensor second = make_kernel({1, 1, 2, 1}, {0, 4});
  const Tiles tiles{pair_mosaic(view(first), view(second), {"a", "b"}, {0}, 4),
                    1,
                    1,
                    22,
                    kLine,
                    0,
                    kGap + 3 * kLetter};
  EXPECT_FLOAT_EQ(tiles.at(0, 0, 0, 0), 0.5F + 3.0F / 8);
  EXPECT_FLOAT_EQ(tiles.at(3, 0, 0, 0), 1);  // the empty row between the bands
  EXPECT_FLOAT_EQ(tiles.at(4, 0, 0, 0), 0.5F + 1.0F / 8);
}

TEST(CommonScale, IsTheGreatestMagnitude) {
  const Tensor a{1, -3}, b{2, 0}, zeros{0, 0};
  EXPECT_EQ(common_scale({view(a), view(b)}), 3);
  EXPECT_EQ(common_scale({view(zeros)}), 1);
}

}  // namespace
}  // namespace adjoint
