#include "datasets/image_grid.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

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
