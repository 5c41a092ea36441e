#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {
namespace {

TEST(Shape, CountsAndPrintsItsExtents) {
  const Shape shape{28, 20, 3};
  EXPECT_EQ(shape.size(), 1680);
  EXPECT_EQ(shape.back(), 3);
  EXPECT_EQ(to_string(shape), "28x20x3");
  EXPECT_EQ(to_string(Shape{0, 0, 1}), "anyxanyx1");
  EXPECT_EQ(shape.batched(4), (Shape{4, 28, 20, 3}));
  EXPECT_EQ(shape.batched(4).sample(), shape);
  EXPECT_FALSE(shape == (Shape{28, 20}));
}

TEST(Shape, RefusesMoreAxesThanItHolds) {
  Shape shape{1, 2, 3, 4, 5};
  EXPECT_THROW(shape.push_back(6), InputError);
  EXPECT_THROW(shape.batched(6), InputError);
  EXPECT_EQ(shape, (Shape{1, 2, 3, 4, 5}));
}

TEST(Shape, RefusesMoreElementsThanCanBeCounted) {
  const auto refused =
      testing::ThrowsMessage<InputError>(testing::HasSubstr("more numbers than any memory holds"));
  const Index half = Index{1} << 31;
  EXPECT_EQ((Shape{half, 1 << 28}.size()), half << 28);
  EXPECT_THAT([&] { Shape({half, half, 2}).size(); }, refused);     // 2^63
  EXPECT_THAT([&] { Shape({half, half, 4}).size(); }, refused);     // 2^64, which wraps to 0
  EXPECT_THAT([&] { Shape({half, half}).size(); }, refused);        // bytes that wrap
  EXPECT_THAT([&] { Shape({0, half, half, 4}).size(); }, refused);  // none, but strides that wrap
  EXPECT_THAT([&] { make_tensor({half, half, 4}); }, refused);
  EXPECT_THAT([&] { make_tensor({half, half, 4}, Real{0}); }, refused);
}

TEST(View, SlicesSamplesOfABatch) {
  Tensor batch = make_tensor({3, 2, 2});
  for (Index i = 0; i < 12; ++i) batch.data()[i] = static_cast<Real>(i);
  const View last = view(batch).slice(1, 2);
  EXPECT_EQ(last.shape, (Shape{2, 2, 2}));
  EXPECT_EQ(last[0], 4);
  EXPECT_EQ(last.flat().back(), 11);
  EXPECT_EQ(view(batch).slice(3, 0).size(), 0);
}

}  // namespace
}  // namespace adjoint
