#include "framework/conv/matrix.hpp"

#include <gmock/gmock.h>

#include "tests/framework/conv/cases.hpp"
#include "tests/framework/conv/products.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<Real> product(const Tensor& a, const Tensor& b) {
  const auto rows = a.shape()[0], inner = a.shape()[1], columns = b.shape()[1];
  std::vector<Real> c(rows * columns, 0);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      for (std::size_t l = 0; l < inner; ++l) c[i * columns + j] += a(i, l) * b(l, j);
  return c;
}

bool is_identity(const std::vector<Real>& square, std::size_t n) {
  for (std::size_t i = 0; i < n * n; ++i)
    if (square[i] != (i % (n + 1) == 0 ? 1 : 0)) return false;
  return true;
}

TEST(ConvolutionMatrix, IsThatOfTheLiterature) {
  const ConvGeometry g = ConvGeometry::from_image({.kernel = {3, 3}}, {4, 4, 1}, 1);
  const Tensor kernel = counting({3, 3, 1, 1});
  const Tensor a = to_dense(convolution_matrix(g, view(kernel)));
  EXPECT_EQ(shape_of(a), (Shape{4, 16}));
  EXPECT_THAT(a, ElementsAre(1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0,  //
                             0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0,  //
                             0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0,  //
                             0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9));
  const Tensor b = xt::transpose(a);
  EXPECT_EQ(shape_of(b), (Shape{16, 4}));
  EXPECT_THAT(product(a, b), ElementsAre(285, 186, 154, 94,   //
                                         186, 285, 106, 154,  //
                                         154, 106, 285, 186,  //
                                         94, 154, 186, 285));
  EXPECT_FALSE(is_identity(product(a, b), 4));
  EXPECT_FALSE(is_identity(product(b, a), 16));
}

TEST(ConvolutionMatrix, IsTheProductsOfEveryCase) {
  std::vector<ConvCase> cases{conv_cases()};
  for (std::uint32_t i = 0; i < 200; ++i) cases.push_back(random_conv_case(i));
  for (const ConvCase& c : cases) {
    SCOPED_TRACE(testing::PrintToString(c));
    const ConvGeometry g = c.geometry();
    if (g.multiply_adds() > 3'000'000) continue;  // each is an entry of the matrix
    Random random({.seed = 8});
    const auto integers = [&](const Shape& shape) {
      Tensor tensor = make_tensor(shape);
      for (Real& x : tensor) x = static_cast<Real>(random.below(7)) - 3;
      return tensor;
    };
    const Tensor kernel = integers(g.kernel_shape());
    const Tensor image = integers(g.image.shape().batched(c.batch));
    const Tensor features = integers(g.features.shape().batched(c.batch));
    const SparseMatrix a = convolution_matrix(g, view(kernel));
    const Convolution convolution(g, {.options = {.engine = "reference"}});
    EXPECT_THAT(multiply(a, view(image)), ElementsAreArray(forward(convolution, image, kernel)));
    EXPECT_THAT(multiply_transposed(a, view(features)),
                ElementsAreArray(backward_data(convolution, features, kernel)));
  }
}

TEST(ConvolutionMatrix, HoldsNothingForTapsOnThePadding) {
  const ConvGeometry g =
      ConvGeometry::from_image({.kernel = {3, 3}, .padding = same_padding()}, {2, 2, 1}, 1);
  const Tensor kernel = counting({3, 3, 1, 1});
  const SparseMatrix a = convolution_matrix(g, view(kernel));
  EXPECT_EQ(a.entries(), 16);
  EXPECT_THAT(to_dense(a), ElementsAre(5, 6, 8, 9, 4, 5, 7, 8, 2, 3, 5, 6, 1, 2, 4, 5));
}

}  // namespace
}  // namespace adjoint
