#include "framework/tensor/symmetry.hpp"

#include <gmock/gmock.h>

#include <numeric>

namespace adjoint {
namespace {

using testing::ElementsAre;

/// The image 1 2 3 / 4 5 6, transformed.
std::vector<Real> transformed(const Symmetry& symmetry) {
  Tensor image = make_tensor({2, 3, 1});
  std::iota(image.begin(), image.end(), Real{1});
  Tensor result = make_tensor(symmetry.output_shape({2, 3, 1}));
  apply(symmetry, view(std::as_const(image)), view(result));
  return {result.begin(), result.end()};
}

TEST(Symmetry, TransposesAndThenFlips) {
  EXPECT_THAT(transformed({}), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(transformed({.flip_vertical = true}), ElementsAre(4, 5, 6, 1, 2, 3));
  EXPECT_THAT(transformed({.flip_horizontal = true}), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(transformed({.transpose = true}), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(transformed({.transpose = true, .flip_horizontal = true}),
              ElementsAre(4, 1, 5, 2, 6, 3));
}

TEST(Symmetry, HasAnInverse) {
  Tensor images = make_tensor({2, 3, 4, 2});
  std::iota(images.begin(), images.end(), Real{1});
  const std::vector<Symmetry> all = symmetries_of(3, 4, true);
  EXPECT_EQ(all.size(), 8u);
  for (const Symmetry& symmetry : all) {
    Tensor output = make_tensor(symmetry.output_shape(shape_of(images)));
    apply(symmetry, view(std::as_const(images)), view(output));
    Tensor back = make_tensor(shape_of(images));
    apply_inverse(symmetry, view(std::as_const(output)), view(back));
    EXPECT_EQ(back, images);
  }
}

TEST(Symmetry, CountsNoFlipThatChangesNothing) {
  EXPECT_EQ(symmetries_of(3, 4, false).size(), 4u);
  EXPECT_EQ(symmetries_of(1, 4, false).size(), 2u);
  EXPECT_EQ(symmetries_of(1, 1, false).size(), 1u);
}

}  // namespace
}  // namespace adjoint
