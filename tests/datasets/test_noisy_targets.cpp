// Targets that are noisy, too: what the loader makes of a sample where no clean image is learned.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "datasets/corruptions/downsample.hpp"
#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/loader.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<CorruptionSpec> kNoise{{GaussianNoise{{0.1, 0.1}}}};

/// Images whose pixels tell where they are; a pair's noisy side is larger by 1.
class GradedDataset : public Dataset {
 public:
  explicit GradedDataset(bool paired) : paired_(paired) {}
  Index size() const override { return 12; }
  Shape shape() const override { return {6, 6, 2}; }
  void read(Index index, std::uint32_t /*epoch*/, View sample) const override {
    for (Index i = 0; i < sample.size(); ++i)
      sample[i] = static_cast<Real>(index * 72 + i) / Real(2048);
  }
  bool paired() const override { return paired_; }
  void read_input(Index index, std::uint32_t epoch, View input) const override {
    read(index, epoch, input);
    for (Real& x : input.flat()) x += 1;
  }

 private:
  bool paired_;
};

struct Sample {
  Tensor input, target, mask;
  bool operator==(const Sample&) const = default;
};

class NoisyTargets : public testing::Test {
 protected:
  /// All samples of an epoch, as they come.
  std::vector<Sample> samples(std::uint32_t epoch = 0) const {
    Loader loader(std::make_shared<GradedDataset>(paired_), corruptions_, options_);
    std::vector<Sample> found;
    loader.start(epoch);
    while (const Batch* batch = loader.next()) {
      EXPECT_EQ(batch->has_reference, options_.target.kind == TargetKind::clean);
      EXPECT_EQ(bool(batch->mask), options_.target.kind == TargetKind::noise2void);
      for (Index i = 0; i < batch->count(); ++i) {
        found.push_back({copy_of(batch->input.slice(i, 1)), copy_of(batch->target.slice(i, 1)),
                         batch->mask ? copy_of(batch->mask.slice(i, 1)) : Tensor()});
      }
    }
    return found;
  }
  Tensor clean(Index index) const {
    Tensor image = make_tensor({6, 6, 2});
    GradedDataset(false).read(index, 0, view(image));
    return image;
  }
  void refuse(const std::string& text) const {
    EXPECT_THAT([&] { Loader(std::make_shared<GradedDataset>(paired_), corruptions_, options_); },
                ThrowsMessage<InputError>(HasSubstr(text)));
  }

  bool paired_ = false;
  std::vector<CorruptionSpec> corruptions_ = kNoise;
  LoaderOptions options_{.batch_size = 5, .seed = 3};
};

std::vector<Real> values(const Tensor& tensor) {
  return {tensor.begin(), tensor.end()};
}

double deviation(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]), 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST_F(NoisyTargets, OfNoise2NoiseAreASecondDrawOfTheCorruptions) {
  options_.shuffle = false;
  const std::vector<Sample> supervised = samples();
  options_.target.kind = TargetKind::noise2noise;
  const std::vector<Sample> found = samples();
  double input_times_target = 0;
  for (Index i = 0; i < 12; ++i) {
    const auto& [input, target, mask] = found[static_cast<std::size_t>(i)];
    EXPECT_EQ(input, supervised[static_cast<std::size_t>(i)].input) << "the input is as it was";
    const Tensor second = corrupted(
        kNoise, 3, kFixedEpoch, i,
        view(std::as_const(supervised[static_cast<std::size_t>(i)].target)).reshaped({6, 6, 2}),
        Purpose::second_corruption);
    EXPECT_EQ(values(target), values(second));
    const Tensor image = clean(i);
    EXPECT_NEAR(deviation(target, image), 0.1, 0.03);
    EXPECT_NEAR(deviation(target, input), 0.1 * std::sqrt(2), 0.05);
    for (std::size_t p = 0; p < image.size(); ++p)
      input_times_target +=
          (input.data()[p] - image.data()[p]) * (target.data()[p] - image.data()[p]);
  }
  EXPECT_NEAR(input_times_target / (12 * 72), 0, 0.001) << "the two draws are correlated";
}

TEST_F(NoisyTargets, ArePureFunctionsOfSeedEpochAndSample) {
  for (const TargetKind kind : {TargetKind::noise2noise, TargetKind::noise2void}) {
    for (const bool paired : {false, true}) {
      SCOPED_TRACE(paired);
      paired_ = paired;
      corruptions_ = paired ? std::vector<CorruptionSpec>{} : kNoise;
      options_.shuffle = false;
      options_.target = {.kind = kind, .blind_spots = {.share = 0.1}};
      const std::vector<Sample> expected = samples();
      options_.threads = 3;
      EXPECT_EQ(samples(), expected);
      options_.shuffle = true;
      const std::vector<Sample> first = samples(1), second = samples(2);
      EXPECT_EQ(samples(1), first);
      // No sample of one epoch is one of the other, in whatever order.
      int alike = 0;
      for (const Sample& sample : second)
        alike += static_cast<int>(std::ranges::count(first, sample));
      EXPECT_LT(alike, kind == TargetKind::noise2noise && paired ? 12 : 1);
    }
  }
}

TEST_F(NoisyTargets, OfNoise2NoiseAreEitherSideOfAPair) {
  paired_ = true;
  corruptions_ = {};
  options_.target.kind = TargetKind::noise2noise;
  int clean_targets = 0;
  for (std::uint32_t epoch = 0; epoch < 20; ++epoch) {
    for (const auto& [input, target, mask] : samples(epoch)) {
      const bool exchanged = target.data()[0] >= 1;
      if (!exchanged) ++clean_targets;
      const Real step = exchanged ? Real{-1} : Real{1};
      for (std::size_t i = 0; i < target.size(); ++i)
        ASSERT_EQ(input.data()[i], target.data()[i] + step);
    }
  }
  EXPECT_NEAR(clean_targets, 120, 35);  // of 240
}

TEST_F(NoisyTargets, AreAugmentedAsTheirInputs) {
  paired_ = true;
  corruptions_ = {};
  options_.augmentation = {.random_crop = Extent2{4, 4},
                           .flip_horizontal = true,
                           .flip_vertical = true,
                           .rotate90 = true};
  options_.target.kind = TargetKind::noise2noise;
  Loader loader(std::make_shared<GradedDataset>(true), {}, options_);
  loader.start(0);
  while (const Batch* batch = loader.next()) {
    for (Index i = 0; i < batch->count(); ++i) {
      const ConstView input = batch->input.slice(i, 1), target = batch->target.slice(i, 1);
      for (Index p = 0; p < input.size(); ++p)
        ASSERT_EQ(input[p] - target[p], input[0] - target[0]);
    }
  }
}

TEST_F(NoisyTargets, OfNoise2VoidAreTheNoisyImageWithItsHiddenPixels) {
  options_.shuffle = false;
  for (const bool paired : {false, true}) {
    paired_ = paired;
    corruptions_ = paired ? std::vector<CorruptionSpec>{} : kNoise;
    options_.target = {};
    const std::vector<Sample> supervised = samples();
    options_.target = {.kind = TargetKind::noise2void, .blind_spots = {.share = 0.1}};
    const std::vector<Sample> found = samples();
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& [input, target, mask] = found[i];
      EXPECT_EQ(target, supervised[i].input) << "the target is not what the model would see";
      EXPECT_EQ(shape_of(mask), (Shape{1, 6, 6, 1}));
      int hidden = 0;
      for (std::size_t p = 0; p < 36; ++p) {
        const bool same = input.data()[2 * p] == target.data()[2 * p] &&
                          input.data()[2 * p + 1] == target.data()[2 * p + 1];
        EXPECT_EQ(same, mask.data()[p] == 0);
        if (!same) ++hidden;
      }
      EXPECT_EQ(hidden, 4);
    }
  }
}

TEST_F(NoisyTargets, OfNoise2VoidAreNormalizedAsWhatTheModelSees) {
  corruptions_ = {};
  options_.shuffle = false;
  options_.target = {.kind = TargetKind::noise2void, .blind_spots = {.share = 0.1}};
  const Normalization normalization({.kind = NormalizationKind::standardize}, {0.25, 0.5},
                                    {0.5, 0.125}, Contrast{});
  options_.normalization = &normalization;
  Loader loader(std::make_shared<GradedDataset>(false), {}, options_);
  loader.start(0);
  const Batch& batch = *loader.next();
  for (Index i = 0; i < batch.target.size(); ++i) {
    const Real offset = i % 2 == 0 ? Real(0.25) : Real(0.5);
    const Real range = i % 2 == 0 ? Real(0.5) : Real(0.125);
    ASSERT_NEAR(batch.target[i], (batch.target_image[i] - offset) / range, 1e-5);
    ASSERT_NEAR(batch.input[i], (batch.input_image[i] - offset) / range, 1e-5);
    ASSERT_EQ(batch.input[i] == batch.target[i], batch.mask[i / 2] == 0);
  }
}

TEST_F(NoisyTargets, NeedTwoNoisyVersionsOrImagesOfOneSize) {
  options_.target.kind = TargetKind::noise2noise;
  corruptions_ = {};
  refuse("\"noise2noise\" needs two noisy versions of each image, and there is one: add the");
  paired_ = true;
  corruptions_ = kNoise;
  refuse("there are two ways to make them, pairs and [[corruption]]; leave one out");
  paired_ = false;
  corruptions_ = {{Downsample{.factor = 2, .keep_size = false}}};
  refuse(
      "training.target = \"noise2noise\": the corruptions make images of 3x3x2 from 6x6x2, "
      "expected one size");
  options_.target.kind = TargetKind::noise2void;
  refuse("training.target = \"noise2void\": the corruptions make images of 3x3x2 from 6x6x2");
}

}  // namespace
}  // namespace adjoint
