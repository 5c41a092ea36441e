#include "datasets/image_cache.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

/// 10 x 10 pixels of one value.
Tensor plain(Real value) {
  return make_tensor({10, 10, 1}, value);
}

TEST(StoredImage, TakesAByteANumberWhereThatLosesNothing) {
  Tensor pixels = make_tensor({16, 8, 2});
  for (Index i = 0; i < 256; ++i) pixels.data()[i] = static_cast<Real>(i) / 255;
  EXPECT_EQ(StoredImage(pixels).bytes(), 256U);
  const Real odd[] = {std::nextafter(Real{0.2}, Real{1}), Real{-1} / 255, Real{256} / 255,
                      std::numeric_limits<Real>::quiet_NaN(), Real{1000} / 65535};
  for (const Real value : odd) {
    pixels.data()[77] = value;
    EXPECT_EQ(StoredImage(pixels).bytes(), 256 * sizeof(Real)) << value;
  }
}

TEST(StoredImage, GivesPartsBackBitForBit) {
  for (const Real step : {Real{1} / 255, Real{0.003}}) {
    Tensor pixels = make_tensor({16, 8, 2});
    for (Index i = 0; i < 256; ++i) pixels.data()[i] = static_cast<Real>(i) * step;
    if (step == Real{1} / 255) {
      for (Index i = 0; i < 256; ++i) pixels.data()[i] = static_cast<Real>(i) / 255;
    }
    const StoredImage image(pixels);
    Tensor part = make_tensor({3, 4, 2});
    image.copy_part(5, 2, view(part));
    for (Index y = 0; y < 3; ++y) {
      for (Index x = 0; x < 4; ++x) {
        for (Index c = 0; c < 2; ++c) ASSERT_EQ(part(y, x, c), pixels(5 + y, 2 + x, c));
      }
    }
  }
}

class ImageCacheTest : public testing::Test {
 protected:
  /// Whether asking for an image decodes it.
  bool decodes(ImageCache& cache, Index number) {
    bool decoded = false;
    const auto image = cache.get(number, [&] {
      decoded = true;
      return plain(static_cast<Real>(number) / 255);
    });
    Tensor pixel = make_tensor({1, 1, 1});
    image->copy_part(9, 9, view(pixel));
    EXPECT_EQ(pixel.data()[0], static_cast<Real>(number) / 255);
    return decoded;
  }
};

TEST_F(ImageCacheTest, KeepsTheImagesUsedLast) {
  ImageCache cache(300);  // of 100 bytes each
  for (const Index number : {1, 2, 3}) EXPECT_TRUE(decodes(cache, number));
  for (const Index number : {3, 2, 1}) EXPECT_FALSE(decodes(cache, number));
  EXPECT_TRUE(decodes(cache, 4));  // in the place of 3
  EXPECT_FALSE(decodes(cache, 1));
  EXPECT_FALSE(decodes(cache, 2));
  EXPECT_TRUE(decodes(cache, 3));
}

TEST_F(ImageCacheTest, KeepsNothingThatIsLargerThanItself) {
  ImageCache none(0), small(99);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(decodes(none, 1));
    EXPECT_TRUE(decodes(small, 1));
  }
}

TEST_F(ImageCacheTest, AnImageInUseOutlivesItsPlace) {
  ImageCache cache(100);
  const auto image = cache.get(1, [] { return plain(1); });
  EXPECT_TRUE(decodes(cache, 2));
  Tensor pixel = make_tensor({1, 1, 1});
  image->copy_part(0, 0, view(pixel));
  EXPECT_EQ(pixel.data()[0], 1);
}

}  // namespace
}  // namespace adjoint
