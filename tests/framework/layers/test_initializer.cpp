#include "framework/layers/initializer.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"

namespace adjoint {
namespace {

Tensor drawn(const Shape& shape, const RandomKey& key = {.purpose = Purpose::initialize}) {
  Tensor tensor = make_tensor(shape);
  initialize(Initializer::glorot_uniform, key, view(tensor));
  return tensor;
}

/// Uniform on [-limit, limit], as far as a few thousand numbers can tell.
void expect_uniform(const Tensor& tensor, double limit) {
  double sum = 0, squares = 0, largest = 0;
  for (const Real x : tensor) {
    sum += x;
    squares += static_cast<double>(x) * x;
    largest = std::max(largest, std::abs(static_cast<double>(x)));
  }
  const double size = static_cast<double>(tensor.size());
  EXPECT_LE(largest, limit * (1 + 1e-6));
  EXPECT_GT(largest, 0.99 * limit);
  EXPECT_NEAR(sum / size, 0, 5 * limit / std::sqrt(3 * size));
  EXPECT_NEAR(squares / size, limit * limit / 3, 0.05 * limit * limit);
}

TEST(Initializer, DrawsGlorotUniformWithKerasFans) {
  // Keras: fan_in and fan_out are the last two extents times the kernel's area.
  expect_uniform(drawn({3, 3, 16, 32}), std::sqrt(6.0 / (9 * (16 + 32))));
  expect_uniform(drawn({5, 3, 1, 128}), std::sqrt(6.0 / (15 * (1 + 128))));
  expect_uniform(drawn({60, 40}), std::sqrt(6.0 / (60 + 40)));
}

TEST(Initializer, FillsWithConstants) {
  Tensor tensor = make_tensor({3}, 5);
  initialize(Initializer::zeros, {}, view(tensor));
  EXPECT_THAT(tensor, testing::ElementsAre(0, 0, 0));
  initialize(Initializer::ones, {}, view(tensor));
  EXPECT_THAT(tensor, testing::ElementsAre(1, 1, 1));
}

TEST(Initializer, IsAFunctionOfTheKey) {
  const RandomKey key{.seed = 4, .purpose = Purpose::initialize, .index = 2};
  EXPECT_EQ(drawn({4, 5}, key), drawn({4, 5}, key));
  EXPECT_NE(drawn({4, 5}, key),
            drawn({4, 5}, {.seed = 5, .purpose = Purpose::initialize, .index = 2}));
  EXPECT_NE(drawn({4, 5}, key),
            drawn({4, 5}, {.seed = 4, .purpose = Purpose::initialize, .index = 3}));
}

TEST(Initializer, IsGlorotForKernelsAndZeroForBiases) {
  const LayerShapes image{.inputs = {{8, 8, 3}}};
  const std::vector<std::vector<ParameterSpec>> layers{
      Conv2D({.filters = 4}).parameters(image), Conv2DTranspose({.filters = 4}).parameters(image),
      Dense({.units = 4}).parameters(image)};
  for (const std::vector<ParameterSpec>& specs : layers) {
    ASSERT_EQ(specs.size(), 2U);
    EXPECT_EQ(specs[0].name, "kernel");
    EXPECT_EQ(specs[0].initializer, Initializer::glorot_uniform);
    EXPECT_EQ(specs[1].name, "bias");
    EXPECT_EQ(specs[1].initializer, Initializer::zeros);
  }
  EXPECT_EQ(layers[0][0].shape, (Shape{3, 3, 3, 4}));
  EXPECT_EQ(layers[1][0].shape, (Shape{3, 3, 4, 3}));
  EXPECT_EQ(layers[2][0].shape, (Shape{3, 4}));
}

}  // namespace
}  // namespace adjoint
