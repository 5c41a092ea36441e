#include "datasets/sources/marked_dataset.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/tensor.hpp"

namespace adjoint {
namespace {

TEST(BoxAround, EnclosesWhatIsNotZero) {
  Tensor mask = make_tensor({4, 5, 1}, 0);
  EXPECT_FALSE(box_around(view(mask)));
  mask(1, 2, 0) = mask(3, 1, 0) = 1;
  EXPECT_EQ(box_around(view(mask)), (PixelBox{1, 1, 3, 4}));
}

}  // namespace
}  // namespace adjoint
