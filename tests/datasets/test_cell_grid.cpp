#include "datasets/cell_grid.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace adjoint {
namespace {

TEST(CellGrid, CoversEachPixelOnce) {
  for (const Extent2 shift : {Extent2{0, 0}, Extent2{2, 3}, Extent2{3, 1}}) {
    const CellGrid grid({9, 13}, 4, shift);
    Tensor cell_of = make_tensor({9, 13, 2}, Real(-1));
    std::vector<Index> sizes;
    for (Index cell = 0; cell < grid.count(); ++cell) {
      const Tensor before = cell_of;
      grid.fill(cell, static_cast<Real>(cell), view(cell_of));
      Index size = 0;
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (before.data()[i] == cell_of.data()[i]) continue;
        EXPECT_EQ(before.data()[i], -1) << "covered twice";
        ++size;
      }
      sizes.push_back(size);
    }
    EXPECT_EQ(std::count(cell_of.begin(), cell_of.end(), Real(-1)), 0);
    EXPECT_EQ(std::ranges::max(sizes), 4 * 4 * 2);
    EXPECT_GT(std::ranges::min(sizes), 0);
  }
}

TEST(CellGrid, CopiesACellAlone) {
  const CellGrid grid({5, 6}, 3);
  ASSERT_EQ(grid.count(), 4);
  const Tensor from = make_tensor({5, 6, 1}, 1);
  Tensor to = make_tensor({5, 6, 1}, 0);
  grid.copy(3, view(from), view(to));
  for (Index y = 0; y < 5; ++y) {
    for (Index x = 0; x < 6; ++x)
      EXPECT_EQ(to.data()[y * 6 + x], y >= 3 && x >= 3 ? 1 : 0) << y << ", " << x;
  }
}

}  // namespace
}  // namespace adjoint
