// A product in bands of rows gives what it gives in one go.

#include <gmock/gmock.h>

#include "tests/framework/conv/cases.hpp"
#include "tests/framework/conv/products.hpp"

namespace adjoint {
namespace {

constexpr Product kProducts[] = {Product::forward, Product::backward_data};
constexpr Index kMost[] = {2, 3, 7};

TEST(RowBands, CoverTheResultOnce) {
  int cut = 0;
  for (std::uint32_t i = 0; i < 400; ++i) {
    const ConvCase c = random_conv_case(i);
    SCOPED_TRACE(testing::PrintToString(c));
    const ConvGeometry g = c.geometry();
    for (const Product product : kProducts) {
      const bool features = product == Product::forward;
      Index row = 0;
      const std::vector<RowBand> bands = row_bands(g, product, 3);
      cut += bands.size() > 1 ? 1 : 0;
      for (const RowBand& band : bands) {
        EXPECT_EQ(features ? band.feature_row : band.image_row, row);
        row += (features ? band.geometry.features : band.geometry.image).h;
        const ConvGeometry& b = band.geometry;
        EXPECT_EQ(feature_extent(b.image.h, b.kernel.h, b.stride.h, b.dilation.h, b.padding.top,
                                 b.padding.bottom),
                  b.features.h);
        EXPECT_LE(band.image_row + b.image.h, g.image.h);
        EXPECT_LE(band.feature_row + b.features.h, g.features.h);
      }
      EXPECT_EQ(row, (features ? g.features : g.image).h);
    }
  }
  EXPECT_GT(cut, 400) << "of 800; the others have a single row, or bands that would read nothing";
}

TEST(RowBands, BetweenTheFirstAndTheLastAreOfOneGeometry) {
  const ConvSpec same3_stride2{.kernel = {3, 3}, .stride = {2, 2}, .padding = same_padding()};
  const ConvGeometry g = ConvGeometry::from_image(same3_stride2, {38, 5, 1}, 1);
  for (const Product product : kProducts) {
    const std::vector<RowBand> bands = row_bands(g, product, 7);
    ASSERT_GT(bands.size(), 4U);
    for (std::size_t i = 2; i + 1 < bands.size(); ++i)
      EXPECT_EQ(bands[i].geometry, bands[1].geometry) << to_string(product) << ", band " << i;
  }
}

TEST(RowBands, HaveAnEvenNumberOfRowsButForTheLast) {
  const ConvSpec same3{.kernel = {3, 3}, .padding = same_padding()};
  const ConvGeometry g = ConvGeometry::from_image(same3, {37, 5, 1}, 1);
  for (const Product product : kProducts) {
    const std::vector<RowBand> bands = row_bands(g, product, 7);
    ASSERT_GT(bands.size(), 4U);
    for (std::size_t i = 0; i + 1 < bands.size(); ++i) {
      const ConvGeometry& band = bands[i].geometry;
      EXPECT_EQ((product == Product::forward ? band.features : band.image).h % 2, 0)
          << to_string(product) << ", band " << i;
    }
  }
}

TEST(RowBands, ReadTheRowsThatTheyNeed) {
  // Rows 0 ... 3 of 8 features, three rows of the image around each: one row of padding above, and
  // one row of the image below.
  const ConvSpec same3{.kernel = {3, 3}, .padding = same_padding()};
  const std::vector<RowBand> down =
      row_bands(ConvGeometry::from_image(same3, {8, 5, 1}, 1), Product::forward, 2);
  ASSERT_EQ(down.size(), 2U);
  EXPECT_EQ(down[0].geometry.image, (Plane{5, 5, 1}));
  EXPECT_EQ(down[0].geometry.padding, (Padding{1, 0, 1, 1}));
  EXPECT_EQ(down[1].image_row, 3);
  EXPECT_EQ(down[1].geometry.image, (Plane{5, 5, 1}));
  EXPECT_EQ(down[1].geometry.padding, (Padding{0, 1, 1, 1}));
}

class BandsOfEveryEngine : public testing::TestWithParam<std::string> {};

/// Integers so small that every sum of products is exact: bands may add in another order.
Tensor integers(const Shape& shape, std::uint32_t index) {
  Random random({.seed = 3, .index = index});
  Tensor tensor = make_tensor(shape);
  for (Real& x : tensor) x = static_cast<Real>(random.below(7)) - 3;
  return tensor;
}

void expect_whole(const ConvCase& c, const std::string& engine) {
  const ConvGeometry g = c.geometry();
  const Tensor image = integers(g.image.shape().batched(c.batch), 0);
  const Tensor kernel = integers(g.kernel_shape(), 1);
  const Tensor features = integers(g.features.shape().batched(c.batch), 2);
  const EngineRequest request{.options = {.engine = engine}, .batch = c.batch};
  for (const Product product : kProducts) {
    const Convolution whole(g, request, {product});
    for (const Index most : kMost) {
      const Convolution cut(g, request, {product}, most);
      SCOPED_TRACE(testing::Message() << testing::PrintToString(c) << ", " << to_string(product)
                                      << " in " << cut.bands(product));
      EXPECT_EQ(cut.engine_of(product), whole.engine_of(product));
      if (product == Product::forward)
        EXPECT_EQ(forward(cut, image, kernel), forward(whole, image, kernel));
      else
        EXPECT_EQ(backward_data(cut, features, kernel), backward_data(whole, features, kernel));
    }
  }
}

TEST_P(BandsOfEveryEngine, GiveTheWholeTogether) {
  for (const ConvCase& c : conv_cases()) expect_whole(c, GetParam());
  for (std::uint32_t i = 0; i < 200; ++i) expect_whole(random_conv_case(i), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Engines, BandsOfEveryEngine, testing::ValuesIn(engine_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace adjoint
