// Corruptions that lose detail and draw no noise.

#include <gmock/gmock.h>

#include <set>

#include "datasets/corruptions/blur.hpp"
#include "datasets/corruptions/downsample.hpp"
#include "datasets/corruptions/jpeg_artifacts.hpp"
#include "datasets/corruptions/quantize.hpp"
#include "datasets/image_ops.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/corruptions/corrupt.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

/// A smooth wave with a sharp edge, of three different channels.
Tensor scene(Index side, Index channels) {
  Tensor image = make_tensor({side, side, channels});
  for (Index y = 0; y < side; ++y) {
    for (Index x = 0; x < side; ++x) {
      for (Index c = 0; c < channels; ++c) {
        const double wave = 0.5 + 0.3 * std::sin(0.3 * static_cast<double>(x + 2 * c));
        image.data()[(y * side + x) * channels + c] =
            static_cast<Real>(x + y > side ? wave : 1 - wave);
      }
    }
  }
  return image;
}

// The numbers come from numpy: a kernel of 9, normalized, on an array padded by "symmetric".
TEST(Blur, IsAConvolutionWithAGaussian) {
  const Tensor image = line({0, 0, 1, 0, 0.5, 0.25});
  const Tensor expected =
      line({0.09815848, 0.24386471, 0.37791737, 0.37745217, 0.33592185, 0.31668541});
  const Tensor blurred = corrupt(Blur{{1.2, 1.2}}, image);
  EXPECT_THAT(values(blurred), Pointwise(DoubleNear(1e-6), values(expected)));
  Tensor column = image;
  column.reshape({6, 1, 1});
  EXPECT_THAT(values(corrupt(Blur{{1.2, 1.2}}, column)),
              Pointwise(DoubleNear(1e-6), values(blurred)));
}

TEST(Blur, TakesEachChannelAlone) {
  Tensor image = gray(0, {9, 9, 2});
  image(4, 4, 1) = 1;
  const Tensor blurred = corrupt(Blur{}, image);
  double first = 0, second = 0;
  for (Index i = 0; i < 81; ++i) {
    first += blurred.data()[2 * i];
    second += blurred.data()[2 * i + 1];
  }
  EXPECT_EQ(first, 0);
  EXPECT_NEAR(second, 1, 1e-5);
}

TEST(Blur, OfNothingChangesNothing) {
  EXPECT_EQ(corrupt(Blur{{0, 0}}, scene(8, 1)), scene(8, 1));
}

// The numbers come from PyTorch: interpolate(mode="bicubic", antialias=True).
TEST(Downsample, ShrinksAndEnlargesBicubically) {
  const Tensor small =
      corrupt(Downsample{.keep_size = false}, line({0.3, 0.5, 0.4, 0.7, 0.6, 0.2, 0.35, 0.55}));
  EXPECT_THAT(values(small),
              Pointwise(DoubleNear(1e-6), {0.3861925, 0.5731660, 0.4216216, 0.4108787}));
  const Tensor few = line({0.3, 0.6, 0.4, 0.5});
  EXPECT_THAT(values(resized(view(few), 1, 8, Filter::cubic)),
              Pointwise(DoubleNear(1e-6), {0.2735294, 0.3613139, 0.5473282, 0.5781250, 0.4406250,
                                           0.4083969, 0.4766423, 0.5088235}));
}

TEST(Downsample, AveragesWholeBlocks) {
  Tensor image = line({0, 0.2, 0.4, 0.6, 1, 1, 0, 1});
  image.reshape({4, 2, 1});
  const Tensor small = corrupt(Downsample{.filter = Shrinking::average, .keep_size = false}, image);
  EXPECT_EQ(shape_of(small), (Shape{2, 1, 1}));
  EXPECT_THAT(values(small), Pointwise(DoubleNear(1e-6), {0.3, 0.75}));
}

TEST(Downsample, GivesTheSizeBackAsAsked) {
  const Tensor image = line({0.1, 0.3, 0.5, 0.7});
  const Downsample nearest{.filter = Shrinking::average, .interpolation = Enlarging::nearest};
  EXPECT_THAT(values(corrupt(nearest, image)), Pointwise(DoubleNear(1e-6), {0.2, 0.2, 0.6, 0.6}));
  const Downsample bilinear{.filter = Shrinking::average, .interpolation = Enlarging::bilinear};
  EXPECT_THAT(values(corrupt(bilinear, image)), Pointwise(DoubleNear(1e-6), {0.2, 0.3, 0.5, 0.6}));
  EXPECT_EQ(shape_of(corrupt(Downsample{.factor = 4}, scene(10, 3))), (Shape{10, 10, 3}));
}

TEST(Downsample, RefusesASizeThatTheFactorDoesNotDivide) {
  const std::vector<CorruptionSpec> small{{Downsample{.factor = 3, .keep_size = false}}};
  EXPECT_EQ(corrupted_shape(small, {9, 12, 1}), (Shape{3, 4, 1}));
  EXPECT_THAT(
      [&] {
        corrupted_shape(small, {9, 28, 1});
      },
      ThrowsMessage<InputError>(HasSubstr("9x28 are no multiple of the factor 3")));
}

TEST(JpegArtifacts, LoseMoreTheLowerTheQuality) {
  for (const Index channels : {1, 3}) {
    const Tensor image = scene(48, channels);
    double before = 100;
    for (const double quality : {95, 60, 25, 5}) {
      const Tensor seen = corrupt(JpegArtifacts{.quality = {quality, quality}}, image);
      const double ratio = psnr(view(seen), view(image));
      EXPECT_LT(ratio, before - 1) << quality;
      before = ratio;
    }
    EXPECT_LT(before, 30);
  }
}

TEST(JpegArtifacts, OfTheLowestQualityLeaveBlocksOfOneValue) {
  // At quality 1 the steps of all frequencies but the mean are 255 of 8 x 128: a weak ramp is lost.
  Tensor image = make_tensor({8, 16, 1});
  for (Index i = 0; i < 128; ++i) image.data()[i] = static_cast<Real>(0.45 + 0.005 * (i % 16));
  const Tensor seen = corrupt(JpegArtifacts{.quality = {1, 1}}, image);
  std::set<Real> levels(seen.begin(), seen.end());
  EXPECT_LE(levels.size(), 2U);
}

TEST(JpegArtifacts, SubsamplingBlursColoursAlone) {
  Tensor image = make_tensor({16, 16, 3});
  for (Index i = 0; i < 256; ++i) {  // red and cyan of the same brightness, column by column
    const Real red = i % 2 == 0 ? 1 : 0;
    image.data()[3 * i] = red;
    image.data()[3 * i + 1] = image.data()[3 * i + 2] = (1 - red) * Real{0.299 / 0.701};
  }
  const auto contrast = [&](bool subsampling) {
    const Tensor seen =
        corrupt(JpegArtifacts{.quality = {100, 100}, .subsampling = subsampling}, image);
    return seen.data()[0] - seen.data()[3];
  };
  EXPECT_GT(contrast(false), 0.9);
  EXPECT_LT(contrast(true), 0.4);
}

TEST(JpegArtifacts, AreOfImagesThatAJpegCanHold) {
  EXPECT_THAT(
      [] {
        corrupted_shape({{JpegArtifacts{}}}, {8, 8, 2});
      },
      ThrowsMessage<InputError>(HasSubstr("2 channels")));
}

TEST(Quantize, RoundsToTheNearestLevel) {
  const Tensor seen = corrupt(Quantize{.levels = 5}, line({-0.3, 0, 0.12, 0.13, 0.6, 0.9, 1.4}));
  EXPECT_THAT(values(seen), ElementsAre(0, 0, 0, 0.25, 0.5, 1, 1));
  EXPECT_THAT(values(corrupt(Quantize{.levels = 2}, line({0.4, 0.6}))), ElementsAre(0, 1));
}

}  // namespace
}  // namespace adjoint
