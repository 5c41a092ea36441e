#include "models/presets/preset_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/config/key_table.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

std::string preset_text(std::string_view preset, const std::string& settings = "",
                        const std::string& input = "[0, 0, 1]") {
  return fmt::format("[model]\ninput = {}\npreset = \"{}\"\n{}", input, preset, settings);
}

/// An input that a preset takes.
std::string input_of(const Kind<PresetFamily>& preset, Index channels) {
  return preset.traits.any_size ? fmt::format("[0, 0, {}]", channels)
                                : fmt::format("[13, 17, {}]", channels);
}

/// The config after --set; "a.toml" is the file.
ModelSpec with_overrides(const std::string& text, const std::vector<std::string>& overrides) {
  ModelConfig config;
  parse_config(text, "a.toml", overrides, config);
  return config.model;
}

TEST(Presets, GiveTheShapeOfTheirInputAtOddSizes) {
  for (const Kind<PresetFamily>& preset : PresetFamily::kinds()) {
    for (const Index channels : {1, 3}) {
      SCOPED_TRACE(preset.name);
      const ModelSpec spec = parse_model(preset_text(preset.name, "", input_of(preset, channels)));
      const Model model = build_model(spec, 1);
      const auto enlarges = preset.traits.enlarges;
      const Index factor = enlarges ? enlarges(preset.settings()) : 1;
      EXPECT_EQ(model.infer({13, 17, channels}).back(),
                (Shape{13 * factor, 17 * factor, channels}));
      EXPECT_EQ(spec.latent, kPresetCode);
      EXPECT_GE(model.latent(), 0);
    }
  }
}

TEST(Presets, HaveADocAndSettingsWithDocsAndDefaults) {
  const TableEntry document = list_keys<ModelConfig>();
  const TableEntry& model = document.tables.at(0);
  for (const Kind<PresetFamily>& preset : PresetFamily::kinds()) {
    SCOPED_TRACE(preset.name);
    EXPECT_GT(preset.doc.size(), 20u);
    const auto found =
        std::ranges::find(model.variants, fmt::format("\"{}\"", preset.name), &KeyVariant::value);
    ASSERT_NE(found, model.variants.end());
    EXPECT_GE(found->keys.size(), 3u);
    for (const KeyEntry& key : found->keys) {
      EXPECT_NE(key.doc, "") << key.name;
      EXPECT_NE(key.default_value, "") << key.name;
    }
  }
}

/// Integers of a preset change its model, and values out of range are refused.
TEST(Presets, TakeEachOfTheirSettings) {
  const TableEntry document = list_keys<ModelConfig>();
  for (const KeyVariant& variant : document.tables.at(0).variants) {
    if (variant.key != "preset") continue;
    const std::string name = variant.value.substr(1, variant.value.size() - 2);
    const std::string text = preset_text(name, "", input_of(*find_kind<PresetFamily>(name), 1));
    const std::string plain = write_config(with_overrides(text, {}));
    for (const KeyEntry& key : variant.keys) {
      SCOPED_TRACE(name + "." + key.name);
      const bool flag = key.default_value == "true" || key.default_value == "false";
      const bool word = key.default_value.front() == '"';
      std::string other = flag   ? (key.default_value == "true" ? "false" : "true")
                          : word ? (key.default_value == "\"linear\"" ? "sigmoid" : "linear")
                                 : fmt::format("{}", std::stod(key.default_value) + 1);
      EXPECT_NE(write_config(with_overrides(text, {"model." + key.name + "=" + other})), plain);
      const std::string wrong = flag || word ? "maybe" : "-1";
      EXPECT_THAT(
          error_of([&] { with_overrides(text, {"model." + key.name + "=" + wrong}); }),
          AllOf(HasSubstr("model." + key.name + ": expected " + key.expected), HasSubstr(wrong)));
    }
  }
}

TEST(Presets, StandForLayersThatReadBackToThem) {
  for (const Kind<PresetFamily>& preset : PresetFamily::kinds()) {
    SCOPED_TRACE(preset.name);
    ModelConfig config;
    parse_config(preset_text(preset.name, "", input_of(preset, 1)), "a.toml", {}, config);
    const std::string written = write_config(config);
    EXPECT_EQ(written.find("preset"), std::string::npos);
    ModelConfig again;
    parse_config(written, "b.toml", {}, again);
    EXPECT_EQ(write_config(again), written);
    EXPECT_EQ(again.model.layers.size(), config.model.layers.size());
  }
}

// An hour of training was spent on these networks: the presets are of their size.
TEST(Presets, AreOfTheSizeOfTheConfigsThatTheyComeFrom) {
  const auto parameters = [](const std::string& text) { return build(text).parameter_count(); };
  EXPECT_NEAR(static_cast<double>(parameters(preset_text("denoiser"))), 57235, 2500);
  const Index fashion = parameters(preset_text("variational", "", "[28, 28, 1]"));
  EXPECT_EQ(
      fashion,
      parameters(model_text(
          "[28, 28, 1]",
          {"type = 'Conv2D'\nfilters = 32\nkernel_size = 3\nstrides = 2\npadding = 'same'",
           "type = 'Conv2D'\nfilters = 64\nkernel_size = 3\nstrides = 2\npadding = 'same'",
           "type = 'Flatten'", "name = 'f'\ntype = 'Dense'\nunits = 128",
           "name = 'm'\ntype = 'Dense'\nunits = 16",
           "name = 'v'\ntype = 'Dense'\nunits = 16\ninputs = ['f']",
           "type = 'Sampling'\ninputs = ['m', 'v']", "type = 'Dense'\nunits = 3136",
           "type = 'Reshape'\ntarget_shape = [7, 7, 64]",
           "type = 'Conv2DTranspose'\nfilters = 32\nkernel_size = 3\nstrides = 2\npadding = 'same'",
           "type = 'Conv2DTranspose'\nfilters = 1\nkernel_size = 3\nstrides = 2\npadding = "
           "'same'"})));
}

TEST(Presets, OfADenoiserForNoise2VoidHandOverNoPixel) {
  const ModelSpec spec = parse_model(preset_text("denoiser", "residual = false"));
  for (const LayerSpec& layer : spec.layers) {
    if (!layer.inputs) continue;
    EXPECT_THAT(*layer.inputs, testing::Not(testing::Contains("input")));
    EXPECT_THAT(*layer.inputs, testing::Not(testing::Contains("enc0")));
  }
  EXPECT_EQ(spec.layers.back().name, "clean");
}

TEST(Presets, AndLayersExcludeEachOther) {
  const std::string layer = "[[model.layer]]\ntype = \"Flatten\"\n";
  EXPECT_EQ(build_error(preset_text("u-net") + layer),
            "a.toml:4: model.layer: preset = \"u-net\" and layers exclude each other; expected one "
            "of both; leave out the layers, or the preset and its settings");
  // One key of a layer is a layer, too.
  EXPECT_THAT(
      error_of([] { with_overrides(preset_text("u-net"), {"model.layer.enc0.filters=8"}); }),
      HasSubstr("exclude each other"));
}

TEST(Presets, AreTakenAndSetByOverrides) {
  const std::string layers =
      "[model]\ninput = [0, 0, 1]\nlatent = \"mine\"\n[[model.layer]]\nname = \"mine\"\ntype = "
      "\"Conv2D\"\nfilters = 1\nkernel_size = 3\n";
  // What the file says of layers is set aside.
  const ModelSpec net = with_overrides(layers, {"model.preset=red-net", "model.depth=2"});
  EXPECT_THAT(net.layers, SizeIs(5));  // two and two, and the residual
  EXPECT_EQ(net.latent, kPresetCode);
  // Another preset has other settings; those that it shares it takes from the file.
  const std::string denoiser = preset_text("denoiser", "width = 8\nblind = true\n");
  const ModelSpec other = with_overrides(denoiser, {"model.preset=u-net"});
  EXPECT_EQ(write_config(other), write_config(parse_model(preset_text("u-net", "width = 8"))));
  EXPECT_EQ(write_config(with_overrides(denoiser, {"model.width=12"})),
            write_config(parse_model(preset_text("denoiser", "width = 12\nblind = true"))));
}

TEST(Presets, NameWhatIsWrong) {
  EXPECT_THAT(build_error(preset_text("unet")),
              AllOf(HasSubstr("a.toml:3: model.preset: expected a string, one of \"denoiser\", "),
                    HasSubstr("got \"unet\" (a string); did you mean \"u-net\"?")));
  EXPECT_THAT(build_error(preset_text("vae")), HasSubstr("did you mean \"variational\"?"));
  EXPECT_THAT(build_error(preset_text("u-net", "filters = 3")),
              HasSubstr("a.toml:4: model: unknown key \"filters\"; did you mean \"width\"?"));
  EXPECT_THAT(
      build_error(preset_text("variational")),
      AllOf(HasSubstr("a.toml:2: model.input: preset = \"variational\" is for images of one "
                      "size; expected a height and a width, such as [64, 64, 1]"),
            HasSubstr("data.resize")));
  EXPECT_THAT(build_error(preset_text("u-net", "", "[784]")),
              HasSubstr("preset = \"u-net\" is for images; expected [height, width, channels]"));
  EXPECT_THAT(build_error(preset_text("u-net", "latent = \"codes\"")),
              HasSubstr("no layer is called \"codes\"; did you mean \"code\"?"));
}

}  // namespace
}  // namespace adjoint
