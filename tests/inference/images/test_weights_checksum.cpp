#include "inference/images/weights_checksum.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Model small_model() {
  Config config;
  parse_config(R"([data]
source = "synthetic"
[model]
input = [0, 0, 1]
[[model.layer]]
name = "only"
type = "Conv2D"
filters = 1
kernel_size = 1
)",
               "small.toml", {}, config);
  return build_model(config.model, 0);
}

TEST(WeightsChecksum, IsFnv1aOfNamesShapesAndValues) {
  Model model = small_model();
  ASSERT_EQ(model.parameters().size(), 2u);
  model.parameters()[0].value.fill(Real(0.5));
  model.parameters()[1].value.fill(Real(-2));
  // Computed by a few lines of Python over the bytes that the header describes.
  EXPECT_EQ(weights_checksum(model, {}), "ff935359348e2573");
  EXPECT_EQ(weights_checksum(model, {{"normalization/offset", {0.25, 3}}}), "d5b761f6f4cbafcb");
}

TEST(WeightsChecksum, ChangesWithASingleBit) {
  Model model = small_model();
  model.parameters()[0].value.fill(1);
  const std::string before = weights_checksum(model, {});
  model.parameters()[0].value.fill(std::nextafter(Real{1}, Real{2}));
  EXPECT_NE(weights_checksum(model, {}), before);
  model.parameters()[0].value.fill(1);
  EXPECT_EQ(weights_checksum(model, {}), before);
}

}  // namespace
}  // namespace adjoint
