#include "models/model_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "framework/settings/near_miss.hpp"
#include "models/layer_names.hpp"
#include "models/layer_table.hpp"
#include "models/presets/preset_table.hpp"

namespace adjoint {
namespace {

/// Names become parts of dotted keys, of HDF5 paths and of file names.
Check<std::string> layer_name() {
  const auto holds = [](const std::string& name) {
    return std::ranges::all_of(
        name, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
  };
  return {holds, "of letters, digits, _ and -"};
}

Check<Shape> sample_shape() {
  const auto holds = [](const Shape& shape) {
    const bool is_image = shape.rank() == 3;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const bool may_be_any = is_image && axis < 2;
      if (shape[axis] < (may_be_any ? 0 : 1)) return false;
    }
    return !shape.empty();
  };
  return {holds, "[height, width, channels] with 0 for any height or width"};
}

}  // namespace

void TiedConvolution::keys(Keys& key) {
  key("filters", filters,
      "number of output channels; left out: the input channels of the tied layer", at_least(1));
  key("kernel_size", kernel_size, "height and width of the kernel; left out: the tied layer's",
      at_least(1));
  key("strides", strides, "output pixels for each input pixel; left out: the tied layer's",
      at_least(1));
  key("padding", padding, "zeros around the output's side; left out: the tied layer's");
  key("output_padding", output_padding, "pixels added to the output's size: 0 ... strides - 1",
      at_least(0));
  key("dilation_rate", dilation_rate, "distance between taps; left out: the tied layer's",
      at_least(1));
  key("groups", groups, "number of channel groups; left out: the tied layer's", at_least(1));
  key("use_bias", use_bias, "add a bias to each output channel");
  weights.bias_keys(key);
}

ConvolutionLayer::Settings TiedConvolution::resolve(const ConvolutionLayer::Settings& owner,
                                                    Index image_channels) const {
  return {.filters = filters.value_or(image_channels),
          .kernel_size = kernel_size.value_or(owner.kernel_size),
          .strides = strides.value_or(owner.strides),
          .padding = padding.value_or(owner.padding),
          .dilation_rate = dilation_rate.value_or(owner.dilation_rate),
          .groups = groups.value_or(owner.groups),
          .use_bias = use_bias,
          .output_padding = output_padding,
          .weights = weights};
}

void LayerSpec::keys(Keys& key) {
  key.location(where);
  key("name", name, "unique name; left out: named after the type", layer_name());
  key.required("type", type, "Keras's class name", one_of(kind_names<LayerFamily>()));
  const Kind<LayerFamily>* layer_type = find_kind<LayerFamily>(type);
  if (!layer_type) return;
  if (!settings.has_value()) settings = layer_type->settings();

  key("inputs", inputs, "names of earlier layers; left out: the layer just above");
  key("shared_with", shared_with,
      "name of an earlier layer of this type that is called once more: the weights and all "
      "settings "
      "are its");
  if (shared_with) return;
  if (layer_type->traits.ties) {
    key("tied_to", tied_to, "name of the convolution whose kernel this layer shares");
    key("output_like", output_like,
        "name of the layer whose input size this layer's output restores");
  }
  if (tied_to)
    tied.keys(key);
  else
    layer_type->keys(settings, key);
  if (layer_type->traits.activates)
    key("activation", activation, "activation function of the output", known_activation());
  if (layer_type->traits.penalizes)
    key("activity_regularizer", activity_regularizer,
        "adds l1 * sum |y| + l2 * sum y^2 of the output, divided by the batch size, to the loss");
  key("trainable", trainable, "false freezes the parameters");
}

void ModelSpec::keys(Keys& key) {
  key.location(where);
  key.required("input", input, "shape of one image", sample_shape());
  Choice<PresetFamily> preset;
  preset.optional_name_key(
      key, "preset",
      "a usual model, in place of [[model.layer]]; `adjoint inspect` shows its layers");
  preset.setting_keys(key);

  // --set model.preset takes the place of what the file says of layers.
  const bool overrides = preset && key.given("preset") == Keys::Given::by_override;
  const auto set_aside = [&](std::string_view name) {
    return overrides && key.given(name) == Keys::Given::in_file;
  };
  if (!set_aside("latent"))
    key("latent", latent, "name of the layer whose output is the latent code; of a preset: code");
  if (preset && key.given("layer") != Keys::Given::nowhere && !set_aside("layer")) {
    key.reject("layer", fmt::format("preset = \"{}\" and layers exclude each other; expected one "
                                    "of both; leave out the layers, or the preset and its settings",
                                    preset.name()));
    return;
  }
  if (!set_aside("layer")) key.tables("layer", layers, "layers, from the input to the output");
  if (preset) expand(preset, key);
  name_layers(layers);

  std::vector<std::string> names;
  for (const LayerSpec& layer : layers) names.push_back(layer.name);
  if (!latent.empty() && std::ranges::find(names, latent) == names.end())
    key.reject("latent",
               fmt::format("no layer is called \"{}\"{}", latent, did_you_mean(latent, names)));
}

void ModelSpec::expand(const Choice<PresetFamily>& preset, Keys& key) {
  if (input.rank() != 3) {
    key.reject("input", fmt::format("preset = \"{}\" is for images; expected [height, width, "
                                    "channels]",
                                    preset.name()));
    return;
  }
  if (!preset.kind().traits.any_size && (input[0] == 0 || input[1] == 0)) {
    key.reject("input",
               fmt::format("preset = \"{}\" is for images of one size; expected a height and a "
                           "width, such as [64, 64, {}]; got {}; data.resize, data.crop or "
                           "data.patches bring images to it",
                           preset.name(), input[2], to_string(input)));
    return;
  }
  layers = preset.make(input);
  for (LayerSpec& layer : layers) layer.where = where;
  if (latent.empty()) latent = kPresetCode;
}

void name_layers(std::vector<LayerSpec>& layers) {
  std::set<std::string> taken;
  for (const LayerSpec& layer : layers) taken.insert(layer.name);
  std::map<std::string, int> count;
  for (LayerSpec& layer : layers) {
    const std::string base = snake_case(layer.type);
    while (layer.name.empty()) {
      const int i = count[base]++;
      const std::string name = i == 0 ? base : fmt::format("{}_{}", base, i);
      if (taken.insert(name).second) layer.name = name;
    }
  }
}

}  // namespace adjoint
