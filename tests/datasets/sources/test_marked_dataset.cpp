#include "datasets/sources/marked_dataset.hpp"

#include <gmock/gmock.h>

#include <memory>

#include "datasets/sources/fabric_dataset.hpp"
#include "datasets/sources/radar_dataset.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

std::shared_ptr<MarkedDataset> make(RadarSpec spec, Presence presence, double probability,
                                    std::uint64_t seed) {
  spec.buried_object = presence;
  spec.probability = probability;
  return std::make_shared<RadarDataset>(spec, seed);
}
std::shared_ptr<MarkedDataset> make(FabricSpec spec, Presence presence, double probability,
                                    std::uint64_t seed) {
  spec.defects = presence;
  spec.probability = probability;
  return std::make_shared<FabricDataset>(spec, seed);
}

/// Every style of images that know what is in them, by its settings.
template <class Spec>
class Marked : public testing::Test {
 protected:
  std::shared_ptr<MarkedDataset> data(Index count, std::uint64_t seed,
                                      Presence presence = Presence::some,
                                      double probability = 0.5) {
    Spec spec;
    spec.size = {64, 80};
    spec.count = count;
    return make(spec, presence, probability, seed);
  }
};
using Styles = testing::Types<RadarSpec, FabricSpec>;
TYPED_TEST_SUITE(Marked, Styles);

TYPED_TEST(Marked, IsAFunctionOfSeedEpochAndIndex) {
  const auto a = this->data(20, 3), b = this->data(20, 3), other = this->data(20, 4);
  EXPECT_EQ(a->shape(), (Shape{64, 80, 1}));
  for (Index i = 0; i < 5; ++i) {
    const Tensor image = sample_of(*a, i, 2);
    EXPECT_EQ(image, sample_of(*b, i, 2));
    EXPECT_NE(image, sample_of(*a, i, 3));
    EXPECT_NE(image, sample_of(*a, i + 1, 2));
    EXPECT_NE(image, sample_of(*other, i, 2));
    for (const Real x : image) ASSERT_TRUE(x >= 0 && x <= 1);
    EXPECT_GT(xt::stddev(image)(), 0.05);
  }
}

TYPED_TEST(Marked, LabelsAreThoseAskedForAndStay) {
  const auto labels = [&](Presence presence, double probability) {
    const auto data = this->data(1000, 1, presence, probability);
    Index sum = 0;
    for (Index i = 0; i < data->size(); ++i) sum += data->label(i);
    return sum;
  };
  EXPECT_EQ(labels(Presence::none, 0.5), 0);
  EXPECT_EQ(labels(Presence::all, 0.5), 1000);
  EXPECT_NEAR(static_cast<double>(labels(Presence::some, 0.3)), 300, 60);
}

/// How much of the difference that it makes lies inside the mask: a radar's echo fades out.
constexpr double inside_share(const RadarSpec&) {
  return 0.75;
}
constexpr double inside_share(const FabricSpec&) {
  return 0.9;
}

TYPED_TEST(Marked, TheMaskIsWhereItMakesADifference) {
  const auto with = this->data(40, 5, Presence::all), without = this->data(40, 5, Presence::none);
  for (Index i = 0; i < 40; ++i) {
    const Tensor mask = mask_of(*with, i, 7);
    const Tensor difference = xt::abs(sample_of(*with, i, 7) - sample_of(*without, i, 7));
    double inside = 0, all = 0;
    for (std::size_t p = 0; p < mask.size(); ++p) {
      all += difference.data()[p];
      if (mask.data()[p] == 1) inside += difference.data()[p];
    }
    EXPECT_GT(all, 4) << i;  // gray values, added up
    EXPECT_GT(inside, inside_share(TypeParam{}) * all) << i;
    EXPECT_LT(xt::mean(mask)(), 0.4) << i;
    EXPECT_EQ(xt::amax(mask_of(*without, i, 7))(), 0);
  }
}

TEST(BoxAround, EnclosesWhatIsNotZero) {
  Tensor mask = make_tensor({4, 5, 1}, 0);
  EXPECT_FALSE(box_around(view(mask)));
  mask(1, 2, 0) = mask(3, 1, 0) = 1;
  EXPECT_EQ(box_around(view(mask)), (PixelBox{1, 1, 3, 4}));
}

}  // namespace
}  // namespace adjoint
