#include "datasets/blind_spots.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Pixels of different values, in every channel.
Tensor all_different(const Shape& shape) {
  Tensor image = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i) image.data()[i] = static_cast<Real>(i * 7919 % 10007);
  return image;
}

struct Hidden {
  Tensor image, mask;
  std::vector<Index> pixels;
};

Hidden hidden(const BlindSpots& spots, const Tensor& noisy, std::uint32_t index = 0) {
  const Shape shape = shape_of(noisy);
  Hidden result{noisy, make_tensor({shape[0], shape[1], 1}, Real{-1}), {}};
  spots.hide(Random({.seed = 5, .index = index}), view(noisy), view(result.image),
             view(result.mask));
  for (Index p = 0; p < shape[0] * shape[1]; ++p) {
    EXPECT_TRUE(result.mask.data()[p] == 0 || result.mask.data()[p] == 1);
    if (result.mask.data()[p] == 1) result.pixels.push_back(p);
  }
  return result;
}

Real value(const Tensor& image, Index y, Index x, Index c) {
  return image(static_cast<std::size_t>(y), static_cast<std::size_t>(x),
               static_cast<std::size_t>(c));
}

/// The numbers of the neighbours of a pixel, from the definition.
std::vector<Index> neighbours(const Shape& shape, Index pixel, Index radius) {
  std::vector<Index> found;
  const Index y = pixel / shape[1], x = pixel % shape[1];
  for (Index p = 0; p < shape[0] * shape[1]; ++p) {
    const Index distance = std::max(std::abs(p / shape[1] - y), std::abs(p % shape[1] - x));
    if (p != pixel && distance <= radius) found.push_back(p);
  }
  return found;
}

TEST(BlindSpots, AreExactlyAsManyAsTheirShareSaysInImagesOfAnySize) {
  struct {
    Shape shape;
    double share;
    std::size_t count;
  } const kCases[] = {{{48, 48, 1}, 0.002, 5}, {{48, 48, 1}, 0.05, 115}, {{7, 31, 3}, 0.5, 109},
                      {{1, 60, 1}, 0.1, 6},    {{60, 1, 2}, 0.1, 6},     {{2, 1, 1}, 0.5, 1},
                      {{4, 4, 1}, 0.001, 1},   {{3, 200, 1}, 0.3, 180}};
  for (const auto& [shape, share, count] : kCases) {
    SCOPED_TRACE(to_string(shape));
    const BlindSpots spots{.share = share};
    EXPECT_EQ(spots.count(shape), static_cast<Index>(count));
    for (std::uint32_t index = 0; index < 20; ++index)
      EXPECT_EQ(hidden(spots, all_different(shape), index).pixels.size(), count);
  }
}

TEST(BlindSpots, HoldTheValuesOfOneNeighbourInAllChannels) {
  for (const Shape& shape : {Shape{9, 8, 3}, Shape{1, 30, 3}, Shape{2, 2, 3}}) {
    const Tensor noisy = all_different(shape);
    for (const Index radius : {1, 2}) {
      std::set<Index> places;  // of the neighbour, counted from the pixel
      for (std::uint32_t index = 0; index < 200; ++index) {
        const Hidden found = hidden({.share = 0.2, .radius = radius}, noisy, index);
        for (Index p = 0; p < shape[0] * shape[1]; ++p) {
          const auto same = [&](Index q) {
            return std::equal(noisy.data() + q * 3, noisy.data() + q * 3 + 3,
                              found.image.data() + p * 3);
          };
          if (found.mask.data()[p] == 0) {
            ASSERT_TRUE(same(p)) << p;
            continue;
          }
          const std::vector<Index> around = neighbours(shape, p, radius);
          const auto from = std::ranges::find_if(around, same);
          ASSERT_NE(from, around.end()) << p;
          places.insert(*from - p);
        }
      }
      // All of them are drawn: in the middle of an image 8, or 24.
      if (shape == Shape{9, 8, 3}) {
        EXPECT_EQ(places.size(), radius == 1 ? 8u : 24u);
      }
    }
  }
}

TEST(BlindSpots, HoldTheMedianOfAllNeighboursOfEachChannel) {
  const Shape shape{6, 5, 2};
  const Tensor noisy = all_different(shape);
  for (std::uint32_t index = 0; index < 50; ++index) {
    const Hidden found =
        hidden({.share = 0.1, .radius = 1, .replace = Replacement::median}, noisy, index);
    for (const Index p : found.pixels) {
      for (Index c = 0; c < 2; ++c) {
        std::vector<Real> values;
        for (const Index q : neighbours(shape, p, 1)) values.push_back(noisy.data()[q * 2 + c]);
        std::ranges::sort(values);
        const std::size_t n = values.size();
        const Real median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
        EXPECT_EQ(value(found.image, p / 5, p % 5, c), median) << n;
      }
    }
  }
}

TEST(BlindSpots, AreSpreadEvenlyAndReachEveryPixel) {
  // One in each cell of 8x8.
  const Tensor noisy = all_different({48, 48, 1});
  std::set<Index> reached;
  for (std::uint32_t index = 0; index < 1000; ++index) {
    std::set<Index> cells;
    const Hidden found = hidden({.share = 1.0 / 64}, noisy, index);
    for (const Index p : found.pixels) cells.insert(p / 48 / 8 * 6 + p % 48 / 8);
    ASSERT_EQ(cells.size(), 36u);
    reached.insert(found.pixels.begin(), found.pixels.end());
  }
  EXPECT_EQ(reached.size(), 48u * 48u);
}

TEST(BlindSpots, NeedANeighbour) {
  EXPECT_THAT(
      [] {
        hidden({}, all_different({1, 1, 3}));
      },
      ThrowsMessage<InputError>(HasSubstr("an image of 1x1x3 has no pixel beside the one")));
}

}  // namespace
}  // namespace adjoint
