// Every row of the table of layers is complete.

#include "models/layer_table.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "models/keras/keras_arguments.hpp"
#include "tests/framework/layers/gradient_cases.hpp"
#include "tests/models/spec_text.hpp"
#include "tests/support/kinds.hpp"

namespace adjoint {
namespace {

using testing::IsEmpty;
using testing::Not;

TEST(LayerTable, HasNamesAndSentences) {
  expect_names_and_sentences<LayerFamily>();
}

TEST(LayerTable, HasAGradientCheckOfEveryLayer) {
  std::set<std::string_view> checked;
  const std::vector<GradientCase> cases = gradient_cases();
  for (const GradientCase& c : cases) checked.insert(c.layer->type());
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds()) {
    EXPECT_TRUE(checked.contains(kind.name))
        << kind.name << ": add a case to tests/framework/layers/gradient_cases.hpp";
  }
}

TEST(LayerTable, HasAKerasMappingOfEveryLayerOrAReason) {
  const std::vector<GradientCase> cases = gradient_cases();
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds()) {
    SCOPED_TRACE(kind.name);
    const LayerFamily::Traits& traits = kind.traits;
    if (!traits.keras) {
      EXPECT_THAT(traits.not_in_keras, Not(IsEmpty())) << "map it, or say why Keras has none";
      continue;
    }
    EXPECT_THAT(traits.not_in_keras, IsEmpty());
    int mapped = 0;
    for (const GradientCase& c : cases) {
      if (c.layer->type() != kind.name) continue;
      KerasJson config = KerasJson::object();
      try {
        KerasFrame frame;
        traits.keras({*c.layer, {}, c.shapes, KerasVersion::two, frame}, config);
        ++mapped;
      } catch (const NotInKeras& refusal) {
        EXPECT_THAT(refusal.reason, Not(IsEmpty()));
      }
    }
    EXPECT_GT(mapped, 0) << "Keras takes none of its cases";
  }
}

// A layer knows its type by itself, for messages and Keras's class names.
TEST(LayerTable, NamesLayersAsTheyNameThemselves) {
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds())
    EXPECT_EQ(kind.make(kind.settings())->type(), kind.name);
}

TEST(LayerTable, HasSettingsThatReadBack) {
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds()) {
    SCOPED_TRACE(kind.name);
    ModelSpec spec{.input = {8, 8, 4}, .latent = "", .layers = {}, .where = ""};
    LayerSpec& layer = spec.layers.emplace_back();
    layer.name = "it";
    layer.type = kind.name;
    layer.settings = kind.settings();
    const std::string written = write_config(spec);
    EXPECT_THAT(written, testing::HasSubstr("type = \"" + layer.type + "\""));
    ModelSpec read;
    // Settings without a default, such as `filters`, are the only ones that may be refused.
    const std::string error = error_of([&] { parse_config(written, "written", {}, read); });
    if (error.empty())
      EXPECT_EQ(write_config(read), written);
    else
      EXPECT_THAT(error, testing::HasSubstr("expected")) << written;
  }
}

}  // namespace
}  // namespace adjoint
