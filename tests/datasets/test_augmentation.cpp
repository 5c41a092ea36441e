#include "datasets/augmentation.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "datasets/dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::ThrowsMessage;

/// 0, 1, 2, ... row by row, two channels that differ by 100.
Tensor numbered(Index height, Index width) {
  Tensor image = make_tensor({height, width, 2});
  for (Index i = 0; i < height * width; ++i) {
    image.data()[2 * i] = static_cast<Real>(i);
    image.data()[2 * i + 1] = static_cast<Real>(i + 100);
  }
  return image;
}

/// The first channel, and that the second came along.
std::vector<Real> numbers_of(const Tensor& image) {
  std::vector<Real> numbers;
  for (std::size_t i = 0; i < image.size(); i += 2) {
    EXPECT_EQ(image.data()[i + 1], image.data()[i] + 100);
    numbers.push_back(image.data()[i]);
  }
  return numbers;
}

/// The results for many images, and how often each came.
std::map<std::vector<Real>, int> outcomes(const Augmentation& augmentation, const Tensor& image) {
  std::map<std::vector<Real>, int> counts;
  for (Index i = 0; i < 800; ++i)
    ++counts[numbers_of(augmented(augmentation, 1, 0, i, view(image)))];
  return counts;
}

TEST(Augmentation, MirrorsEverySecondImage) {
  const Tensor image = numbered(2, 3);
  const std::vector<Real> same{0, 1, 2, 3, 4, 5};
  auto across = outcomes({.flip_horizontal = true}, image);
  EXPECT_EQ(across.size(), 2U);
  EXPECT_NEAR(across[same], 400, 5 * 14);
  EXPECT_NEAR((across[{2, 1, 0, 5, 4, 3}]), 400, 5 * 14);
  auto down = outcomes({.flip_vertical = true}, image);
  EXPECT_EQ(down.size(), 2U);
  EXPECT_NEAR((down[{3, 4, 5, 0, 1, 2}]), 400, 5 * 14);
  EXPECT_EQ(outcomes({.flip_horizontal = true, .flip_vertical = true}, image).size(), 4U);
}

TEST(Augmentation, TurnsByRightAngles) {
  auto turned = outcomes({.rotate90 = true}, numbered(2, 2));
  EXPECT_EQ(turned.size(), 4U);
  const std::vector<std::vector<Real>> expected{
      {0, 1, 2, 3}, {1, 3, 0, 2}, {3, 2, 1, 0}, {2, 0, 3, 1}};
  for (const auto& image : expected) EXPECT_NEAR(turned[image], 200, 5 * 12);
  EXPECT_EQ(outcomes({.flip_horizontal = true, .rotate90 = true}, numbered(2, 2)).size(), 8U);
}

TEST(Augmentation, CutsAnywhere) {
  const auto parts = outcomes({.random_crop = Extent2{2, 3}}, numbered(4, 5));
  EXPECT_EQ(parts.size(), 9U);  // 3 rows and 3 columns to begin in
  EXPECT_TRUE(parts.contains({0, 1, 2, 5, 6, 7}));
  EXPECT_TRUE(parts.contains({12, 13, 14, 17, 18, 19}));
}

TEST(Augmentation, ShiftsAndStretchesWithinTheRangeOfImages) {
  const Tensor image = make_tensor({2, 1, 1}, Real{0.75});
  double low = 1, high = 0;
  for (Index i = 0; i < 200; ++i) {
    const Tensor seen = augmented({.brightness = 0.1}, 1, 0, i, view(image));
    EXPECT_EQ(seen.data()[0], seen.data()[1]);
    low = std::min<double>(low, seen.data()[0]);
    high = std::max<double>(high, seen.data()[0]);
  }
  EXPECT_THAT(low, AllOf(Ge(0.6499), Le(0.66)));
  EXPECT_THAT(high, AllOf(Ge(0.84), Le(0.8501)));
  std::set<Real> stretched;
  for (Index i = 0; i < 200; ++i)
    stretched.insert(augmented({.contrast = 0.4}, 1, 0, i, view(image)).data()[0]);
  // 0.5 + 0.25 (1 +- 0.4)
  EXPECT_THAT(*stretched.begin(), AllOf(Ge(Real{0.6499}), Le(Real{0.66})));
  EXPECT_THAT(*stretched.rbegin(), AllOf(Ge(Real{0.84}), Le(Real{0.8501})));
  for (Index i = 0; i < 50; ++i) {
    const Tensor seen = augmented({.brightness = 1, .contrast = 1}, 1, 0, i, view(image));
    EXPECT_THAT(seen.data()[0], AllOf(Ge(Real{0}), Le(Real{1})));
  }
}

TEST(Augmentation, ChangesAPairAlikeAndEveryEpochAnew) {
  const Augmentation all{.random_crop = Extent2{3, 3}, .flip_horizontal = true, .rotate90 = true};
  const Tensor image = numbered(6, 5);
  Tensor other = image;
  other += Real{1000};
  std::set<std::vector<Real>> epochs;
  for (std::uint32_t epoch = 0; epoch < 20; ++epoch) {
    const Tensor a = augmented(all, 1, epoch, 7, view(image));
    Tensor b = augmented(all, 1, epoch, 7, view(other));
    b -= Real{1000};
    EXPECT_EQ(a, b);
    EXPECT_EQ(a, augmented(all, 1, epoch, 7, view(image)));
    epochs.insert(numbers_of(a));
  }
  EXPECT_GT(epochs.size(), 10U);
}

TEST(Augmentation, OneSettingDoesNotChangeWhatAnotherDraws) {
  const Tensor image = numbered(6, 6);
  for (Index i = 0; i < 20; ++i) {
    const Tensor crop = augmented({.random_crop = Extent2{1, 1}}, 1, 0, i, view(image));
    const Tensor both =
        augmented({.random_crop = Extent2{1, 1}, .flip_vertical = true}, 1, 0, i, view(image));
    EXPECT_EQ(crop, both);
  }
}

TEST(Augmentation, TakesTheCentreOfAValidationImage) {
  const Augmentation all{.random_crop = Extent2{1, 3},
                         .flip_horizontal = true,
                         .flip_vertical = true,
                         .brightness = 0.5};
  const Tensor image = numbered(3, 5);
  EXPECT_THAT(numbers_of(augmented(all, 1, kFixedEpoch, 3, view(image))), ElementsAre(6, 7, 8));
}

TEST(Augmentation, SaysWhereImagesDoNotFit) {
  EXPECT_EQ((Augmentation{.random_crop = Extent2{8, 8}, .rotate90 = true}).output_shape({9, 12, 3}),
            (Shape{8, 8, 3}));
  EXPECT_THAT(
      [] {
        (Augmentation{.random_crop = Extent2{10, 4}}).output_shape({9, 12, 3});
      },
      ThrowsMessage<InputError>(HasSubstr("10x4 is larger than the images, 9x12")));
  EXPECT_THAT(
      [] {
        (Augmentation{.rotate90 = true}).output_shape({9, 12, 3});
      },
      ThrowsMessage<InputError>(HasSubstr("random_crop = 9")));
}

TEST(Augmentation, ChangesNothingUnlessAsked) {
  EXPECT_FALSE(Augmentation{}.any());
  const Tensor image = numbered(3, 4);
  EXPECT_EQ(augmented({}, 1, 0, 0, view(image)), image);
}

}  // namespace
}  // namespace adjoint
