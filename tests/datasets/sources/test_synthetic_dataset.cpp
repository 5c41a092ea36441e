#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "datasets/sources/silhouette.hpp"
#include "datasets/sources/synthetic_dataset.hpp"
#include "framework/settings/named_enum.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Synthetic, IsAFunctionOfSeedEpochAndIndex) {
  const SyntheticSpec spec{.size = {9, 14}, .channels = 3, .count = 5};
  const SyntheticDataset a(spec, 1), again(spec, 1), other(spec, 2);
  EXPECT_EQ(a.size(), 5);
  EXPECT_EQ(a.shape(), (Shape{9, 14, 3}));
  EXPECT_EQ(sample_of(a, 2, 3), sample_of(again, 2, 3));
  EXPECT_NE(sample_of(a, 2, 3), sample_of(a, 2, 4));
  EXPECT_NE(sample_of(a, 2, 3), sample_of(a, 3, 3));
  EXPECT_NE(sample_of(a, 2, 3), sample_of(other, 2, 3));
}

TEST(Synthetic, ReachesFromBlackToWhite) {
  for (const auto style :
       {SyntheticStyle::shapes, SyntheticStyle::textures, SyntheticStyle::mixed}) {
    for (const Index channels : {1, 3}) {
      const SyntheticDataset dataset(
          {.size = {16, 24}, .channels = channels, .count = 50, .style = style}, 3);
      for (Index i = 0; i < dataset.size(); ++i) {
        const Tensor sample = sample_of(dataset, i);
        EXPECT_EQ(*std::min_element(sample.begin(), sample.end()), 0) << name_of(style) << i;
        EXPECT_EQ(*std::max_element(sample.begin(), sample.end()), 1) << name_of(style) << i;
      }
    }
  }
}

TEST(Synthetic, MakesImagesOfAnySize) {
  for (const Extent2 size : {Extent2{1, 1}, {1, 40}, {3, 2}, {200, 77}}) {
    const SyntheticDataset dataset({.size = size, .count = 20}, 4);
    for (Index i = 0; i < dataset.size(); ++i) {
      for (Real x : sample_of(dataset, i)) ASSERT_TRUE(x >= 0 && x <= 1);
    }
  }
}

TEST(Synthetic, RefusesImpossibleSpecs) {
  EXPECT_THAT([] { SyntheticDataset({.channels = 2}, 0); },
              ThrowsMessage<InputError>(HasSubstr("1 or 3 channels, not 2")));
  EXPECT_THAT(
      [] {
        SyntheticDataset({.size = {0, 4}}, 0);
      },
      ThrowsMessage<InputError>(HasSubstr("got 0x4")));
}

// The edges are smooth: summed over pixels, a disk covers its true area, wherever its centre is.
TEST(Silhouette, CoversTheAreaOfADisk) {
  for (std::uint32_t i = 0; i < 20; ++i) {
    Random random({.seed = 5, .index = i});
    const Silhouette disk(Silhouette::Kind::disk, 6.3F, 10, 10, random);
    double area = 0;
    for (int y = -20; y <= 20; ++y) {
      for (int x = -20; x <= 20; ++x) {
        area += disk.coverage({static_cast<float>(x), static_cast<float>(y)});
      }
    }
    EXPECT_NEAR(area, M_PI * 6.3 * 6.3, 0.5);
  }
}

}  // namespace
}  // namespace adjoint
