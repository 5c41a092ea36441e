#include "datasets/normalization.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "datasets/corruptions/quantize.hpp"
#include "datasets/learn_normalization.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

/// Images of given numbers, all of one shape.
class ListDataset : public Dataset {
 public:
  ListDataset(const Shape& shape, std::vector<std::vector<Real>> images)
      : shape_(shape), images_(std::move(images)) {}
  Index size() const override { return static_cast<Index>(images_.size()); }
  Shape shape() const override { return shape_; }
  void read(Index index, std::uint32_t /*epoch*/, View sample) const override {
    std::ranges::copy(images_[static_cast<std::size_t>(index)], sample.data);
  }

 private:
  Shape shape_;
  std::vector<std::vector<Real>> images_;
};

std::shared_ptr<ListDataset> list(const Shape& shape, std::vector<std::vector<Real>> images) {
  return std::make_shared<ListDataset>(shape, std::move(images));
}

Normalization learn(const NormalizationSpec& spec, const DatasetPtr& data) {
  return learn_normalization(spec, data, {.batch_size = 2});
}

/// One normalized image; checks that it can be undone.
std::vector<Real> normalized(const Normalization& normalization, const Shape& shape,
                             const std::vector<Real>& numbers) {
  Tensor image = make_tensor(shape);
  std::ranges::copy(numbers, image.data());
  const Contrast contrast = normalization.contrast(view(std::as_const(image)));
  normalization.apply(contrast, view(image));
  const std::vector<Real> result = values(image);
  normalization.undo(contrast, view(image));
  EXPECT_THAT(values(image), Pointwise(DoubleNear(1e-6), numbers));
  return result;
}

TEST(Normalization, OfKindNoneChangesNothing) {
  const Normalization none = learn({}, list({1, 2, 1}, {{0.2, 0.4}}));
  EXPECT_FALSE(none.any());
  EXPECT_TRUE(none.learned().empty());
  EXPECT_THAT(normalized(none, {1, 2, 1}, {0.25, 0.5}), ElementsAre(0.25, 0.5));
}

TEST(Normalization, StandardizesEachChannelOverTheTrainingSet) {
  // First channel 0.1, 0.3, 0.5, 0.7: mean 0.4, variance (0.09 + 0.01 + 0.01 + 0.09) / 4 = 0.05.
  // Second channel all 0.25: its deviation counts as 1.
  const Normalization standardize =
      learn({.kind = NormalizationKind::standardize}, list({2, 1, 2}, {{0.1, 0.25, 0.3, 0.25},  //
                                                                       {0.5, 0.25, 0.7, 0.25}}));
  const double unit = std::sqrt(0.05);
  EXPECT_THAT(normalized(standardize, {1, 2, 2}, {0.4, 0.25, 0.9, 0.5}),
              Pointwise(DoubleNear(1e-5), {0.0, 0.0, 0.5 / unit, 0.25}));
}

TEST(Normalization, TakesEachImagesContrastAway) {
  // Means 0.4 and 0.5. l1: scales (0.2 + 0.2 + 0.4 + 0) / 4 = 0.2 and 0.5; so the images become
  // -1, -1, 2, 0 and -1, 1, 1, -1: from -1 to 2, which are scaled to 0 and 1.
  const auto data = list({2, 2, 1}, {{0.2, 0.2, 0.8, 0.4}, {0, 1, 1, 0}});
  const Normalization l1 =
      learn({.kind = NormalizationKind::global_contrast, .norm = ContrastNorm::l1}, data);
  EXPECT_THAT(normalized(l1, {2, 2, 1}, {0.2, 0.2, 0.8, 0.4}),
              Pointwise(DoubleNear(1e-5), {0.0, 0.0, 1.0, 1.0 / 3}));
  // Another image, of mean 0.3 and scale 0.1.
  EXPECT_THAT(normalized(l1, {2, 2, 1}, {0.2, 0.4, 0.4, 0.2}),
              Pointwise(DoubleNear(1e-5), {0.0, 2.0 / 3, 2.0 / 3, 0.0}));
  EXPECT_NEAR(l1.typical().mean, 0.45, 1e-6);
  EXPECT_NEAR(l1.typical().scale, 0.35, 1e-6);
  // l2: sqrt(0.04 + 0.04 + 0.16) / 4 and sqrt(4 x 0.25) / 4, the extremes -0.2 and 0.4 over the
  // first, -0.5 and 0.5 over the second.
  const Normalization l2 =
      learn({.kind = NormalizationKind::global_contrast, .norm = ContrastNorm::l2}, data);
  const double first = std::sqrt(0.24) / 4, second = 0.25;
  const double low = -0.5 / second, high = 0.4 / first;
  EXPECT_THAT(normalized(l2, {2, 2, 1}, {0, 1, 1, 0}),
              Pointwise(DoubleNear(1e-5), {0.0, (0.5 / second - low) / (high - low),
                                           (0.5 / second - low) / (high - low), 0.0}));
}

TEST(Normalization, SurvivesAnImageOfOneValue) {
  const Normalization l1 = learn({.kind = NormalizationKind::global_contrast},
                                 list({1, 2, 1}, {{0.5, 0.5}, {0.2, 0.4}}));
  EXPECT_THAT(normalized(l1, {1, 2, 1}, {0.7, 0.7}), Pointwise(DoubleNear(1e-5), {0.5, 0.5}));
}

TEST(Normalization, IsBuiltAgainFromWhatItLearned) {
  const auto data = list({2, 2, 1}, {{0.2, 0.2, 0.8, 0.4}, {0, 1, 1, 0}});
  for (const auto kind : {NormalizationKind::standardize, NormalizationKind::global_contrast}) {
    const NormalizationSpec spec{.kind = kind};
    const Normalization first = learn(spec, data);
    const Normalization again(spec, first.learned());
    const std::vector<Real> image{0.1, 0.5, 0.2, 0.9};
    EXPECT_EQ(normalized(first, {2, 2, 1}, image), normalized(again, {2, 2, 1}, image));
    EXPECT_EQ(again.typical().mean, first.typical().mean);
    EXPECT_THAT([&] { Normalization(spec, {}); },
                ThrowsMessage<InputError>(HasSubstr("missing; train with this normalization")));
  }
}

TEST(Normalization, LearnsFromTheCentreThatTrainingCuts) {
  const auto data = list({1, 3, 1}, {{0.9, 0.2, 0.1}, {0, 0.6, 1}});
  const Normalization standardize =
      learn_normalization({.kind = NormalizationKind::standardize}, data,
                          {.augmentation = {.random_crop = Extent2{1, 1}}});
  EXPECT_THAT(normalized(standardize, {1, 1, 1}, {0.6}), Pointwise(DoubleNear(1e-5), {1.0}));
}

TEST(Normalization, LooksAtABoundedNumberOfEvenlySpacedImages) {
  /// Black, and white where nobody should look.
  class Large : public Dataset {
   public:
    Index size() const override { return 3 * kNormalizationImages; }
    Shape shape() const override { return {1, 1, 1}; }
    void read(Index index, std::uint32_t, View sample) const override {
      sample[0] = index % 3 == 0 ? 0.5F : 1.0F;
    }
  };
  const Normalization standardize =
      learn({.kind = NormalizationKind::standardize}, std::make_shared<Large>());
  EXPECT_THAT(normalized(standardize, {1, 1, 1}, {0.5}), Pointwise(DoubleNear(1e-6), {0.0}));
}

TEST(Normalization, OfABatchIsThatOfItsInputs) {
  // The input is the image in two levels: its contrast is another one than the target's.
  const auto data = list({1, 2, 1}, {{0.4, 0.8}, {0.1, 0.3}});
  const Normalization l1 = learn({.kind = NormalizationKind::global_contrast}, data);
  Loader loader(data, {{Quantize{.levels = 2}}},
                {.batch_size = 2, .shuffle = false, .normalization = &l1});
  loader.start(0);
  const Batch& batch = *loader.next();
  // All training images become -1, 1, then 0, 1. The first input is 0, 1: mean and scale 0.5, so
  // that the target 0.4, 0.8 becomes -0.2, 0.6, then 0.4, 0.8.
  EXPECT_NEAR(batch.input[0], 0, 1e-5);
  EXPECT_NEAR(batch.input[1], 1, 1e-5);
  EXPECT_NEAR(batch.target[0], 0.4, 1e-5);
  EXPECT_NEAR(batch.target[1], 0.8, 1e-5);
  // The second input is black: it loses nothing but the scaling to [0, 1].
  EXPECT_NEAR(batch.input[2], 0.5, 1e-5);
  EXPECT_NEAR(batch.target[3], (0.3 + 1) / 2, 1e-5);
  EXPECT_THAT(values(copy_of(batch.target_image)),
              Pointwise(DoubleNear(1e-6), {0.4, 0.8, 0.1, 0.3}));
  EXPECT_THAT(values(copy_of(batch.input_image)),
              Pointwise(DoubleNear(1e-6), {0.0, 1.0, 0.0, 0.0}));
  Tensor output = copy_of(batch.target);
  batch.undo_normalization(0, view(output));
  EXPECT_THAT(values(output), Pointwise(DoubleNear(1e-6), {0.4, 0.8, 0.1, 0.3}));
}

}  // namespace
}  // namespace adjoint
