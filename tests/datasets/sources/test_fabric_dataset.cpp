#include "datasets/sources/fabric_dataset.hpp"

#include <gmock/gmock.h>

#include "datasets/data_spec.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// Correlation of an image with itself, moved to the side.
double correlation(const Tensor& cloth, std::size_t by) {
  const double mean = xt::mean(cloth)();
  double product = 0, count = 0;
  for (std::size_t y = 0; y < cloth.shape(0); ++y) {
    for (std::size_t x = by; x < cloth.shape(1); ++x, ++count)
      product += (cloth(y, x, 0) - mean) * (cloth(y, x - by, 0) - mean);
  }
  return product / count / xt::variance(cloth)();
}

TEST(Fabric, ThreadsComeUpEverySecondTime) {
  // They are 8 pixels apart, up to 2.5 % more or less.
  const FabricDataset data({.size = {96, 96}, .count = 8, .defects = Presence::none}, 6);
  for (Index i = 0; i < data.size(); ++i) {
    const Tensor cloth = sample_of(data, i);
    EXPECT_GT(correlation(cloth, 16), 0.5) << i;
    EXPECT_LT(correlation(cloth, 8), correlation(cloth, 16) - 0.15) << i;
    EXPECT_LT(correlation(cloth, 4), 0) << i;  // between two threads
  }
}

TEST(Fabric, DefectsAreAsSmallInALargeImage) {
  const auto area = [](Extent2 size) {
    const FabricDataset data({.size = size, .count = 24, .defects = Presence::all}, 8);
    double sum = 0;
    for (Index i = 0; i < data.size(); ++i) sum += xt::sum(mask_of(data, i))();
    return sum / 24;
  };
  const double small = area({96, 96}), large = area({384, 384});
  EXPECT_NEAR(large / small, 1, 0.2);
}

TEST(Fabric, IsAStyleOfTheSyntheticSource) {
  const auto parse = [](const std::string& toml) {
    DataSpec spec;
    parse_config(toml, "test.toml", {}, spec);
    return spec;
  };
  const std::string fabric =
      "source = 'synthetic'\nstyle = 'fabric'\nsize = [24, 32]\ncount = 60\n";
  const DatasetPtr normal = open_dataset(parse(fabric + "classes = [0]"), 1);
  EXPECT_EQ(normal->shape(), (Shape{24, 32, 1}));
  EXPECT_GT(normal->size(), 10);
  EXPECT_LT(normal->size(), 50);
  EXPECT_THAT(
      [&] { open_dataset(parse(fabric + "defects = 'none'\nclasses = [1]"), 1); },
      ThrowsMessage<InputError>(HasSubstr("no image has the label 1; there are no defect")));
  EXPECT_THAT([&] { parse(fabric + "buried_object = 'none'"); },
              ThrowsMessage<InputError>(HasSubstr("buried_object")));
}

}  // namespace
}  // namespace adjoint
