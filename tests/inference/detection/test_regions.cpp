#include "inference/detection/regions.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace adjoint {
namespace {

/// Rows of a mask, '#' where it is defective.
Tensor drawn(std::initializer_list<std::string_view> rows) {
  const Index h = static_cast<Index>(rows.size()), w = static_cast<Index>(rows.begin()->size());
  Tensor mask = make_tensor({h, w, 1}, 0);
  Real* pixel = mask.data();
  for (const std::string_view row : rows)
    for (const char c : row) *pixel++ = c == '#' ? 1 : 0;
  return mask;
}

TEST(Regions, JoinPixelsThatTouchAtASideOrACorner) {
  const Tensor mask = drawn({"#..##.",  //
                             ".#....",  //
                             "....#.",  //
                             "##..#."});
  const Regions regions = connected_regions(view(mask));
  EXPECT_EQ(regions.sizes, (std::vector<Index>{2, 2, 2, 2}));
  EXPECT_EQ(regions.of_pixel, (std::vector<Index>{0,  -1, -1, 1,  1,  -1,  //
                                                  -1, 0,  -1, -1, -1, -1,  //
                                                  -1, -1, -1, -1, 2,  -1,  //
                                                  3,  3,  -1, -1, 2,  -1}));
}

TEST(Regions, FollowARegionThatTurnsBack) {
  const Tensor mask = drawn({"###",  //
                             "..#",  //
                             "#.#",  //
                             "###"});
  const Regions regions = connected_regions(view(mask));
  EXPECT_EQ(regions.sizes, (std::vector<Index>{9}));
}

TEST(Regions, OfAnEmptyMaskAreNone) {
  const Tensor mask = make_tensor({3, 2, 1}, 0);
  EXPECT_TRUE(connected_regions(view(mask)).sizes.empty());
}

}  // namespace
}  // namespace adjoint
