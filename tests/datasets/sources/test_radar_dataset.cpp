#include "datasets/sources/radar_dataset.hpp"

#include <gmock/gmock.h>

#include <map>

#include "datasets/data_spec.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

/// The middle row of the mask in every column; nothing where a column has none, or the mask leaves
/// the scan.
std::map<Index, double> middles(const Tensor& mask) {
  std::map<Index, double> rows;
  const auto height = static_cast<Index>(mask.shape(0));
  for (Index x = 0; x < static_cast<Index>(mask.shape(1)); ++x) {
    double sum = 0, count = 0;
    for (Index y = 0; y < height; ++y) {
      sum += static_cast<double>(y) * mask(y, x, 0);
      count += mask(y, x, 0);
    }
    if (count > 0 && mask(height - 1, x, 0) == 0) rows[x] = sum / count;
  }
  return rows;
}

TEST(Radar, TheEchoIsSymmetricAndSteepensAsAHyperbolaDoes) {
  const RadarDataset data({.size = {96, 96}, .count = 60, .buried_object = Presence::all}, 2);
  int checked = 0;
  double steepening = 0;
  for (Index i = 0; i < data.size(); ++i) {
    const std::map<Index, double> row = middles(mask_of(data, i));
    double least = 1e9;
    for (const auto& [x, y] : row) least = std::min(least, y);
    // Its flat top begins and ends here.
    Index left = 96, right = 0;
    for (const auto& [x, y] : row) {
      if (y > least) continue;
      left = std::min(left, x);
      right = std::max(right, x);
    }
    if (!row.contains(left - 16) || !row.contains(right + 16)) continue;
    ++checked;
    for (const Index far : {8, 16}) EXPECT_NEAR(row.at(left - far), row.at(right + far), 2.5) << i;
    steepening += (row.at(right + 16) - row.at(right + 8)) - (row.at(right + 8) - row.at(right));
  }
  EXPECT_GT(checked, 10);
  EXPECT_GT(steepening / checked, 0.5);  // rows; two straight lines would give about 0
}

TEST(Radar, IsAStyleOfTheSyntheticSource) {
  const auto parse = [](const std::string& toml) {
    DataSpec spec;
    parse_config(toml, "test.toml", {}, spec);
    return spec;
  };
  const std::string radar = "source = 'synthetic'\nstyle = 'radar'\nsize = [24, 32]\ncount = 60\n";
  const DatasetPtr normal = open_dataset(parse(radar + "classes = [0]"), 1);
  EXPECT_EQ(normal->shape(), (Shape{24, 32, 1}));
  EXPECT_GT(normal->size(), 10);
  EXPECT_LT(normal->size(), 50);
  for (Index i = 0; i < normal->size(); ++i) ASSERT_EQ(normal->label(i), 0);
  EXPECT_THAT(
      [&] { open_dataset(parse(radar + "buried_object = 'none'\nclasses = [1]"), 1); },
      ThrowsMessage<InputError>(HasSubstr("no image has the label 1; there are no object")));
  EXPECT_THAT([&] { parse(radar + "channels = 3"); },
              ThrowsMessage<InputError>(HasSubstr("channels")));
  EXPECT_THAT([&] { parse("source = 'synthetic'\nprobability = 0.1"); },
              ThrowsMessage<InputError>(HasSubstr("probability")));
}

}  // namespace
}  // namespace adjoint
