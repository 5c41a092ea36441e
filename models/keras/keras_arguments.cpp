#include "models/keras/keras_arguments.hpp"

#include <algorithm>
#include <utility>

namespace adjoint::keras {
namespace {

/// How Keras's initializer is called: "he_normal" -> "HeNormal".
std::string initializer_class(const Initializer& initializer) {
  // Keras lacks these, and the weights are in the file.
  if (initializer.kind == Initializer::bilinear || initializer.kind == Initializer::icnr)
    return "GlorotUniform";
  std::string name;
  for (const char c : name_of(initializer.kind)) {
    const bool begins = name.empty() || name.back() == '_';
    if (begins && !name.empty()) name.pop_back();
    name += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
  }
  return name;
}

/// One axis of a transposed convolution.
struct Walk {
  Index features, stride, reach;
};
Index reach(Index kernel, Index dilation) {
  return dilation * (kernel - 1) + 1;
}
Walk rows_of(const ConvGeometry& g) {
  return {g.features.h, g.stride.h, reach(g.kernel.h, g.dilation.h)};
}
Walk columns_of(const ConvGeometry& g) {
  return {g.features.w, g.stride.w, reach(g.kernel.w, g.dilation.w)};
}
// The image's size by Keras's deconv_output_length(), without and with output_padding.
Index default_size(const Walk& walk, bool is_same) {
  return walk.features * walk.stride + (is_same ? 0 : std::max<Index>(walk.reach - walk.stride, 0));
}
Index base_size(const Walk& walk, bool is_same) {
  return (walk.features - 1) * walk.stride + walk.reach - (is_same ? 2 * (walk.reach / 2) : 0);
}

/// Adds what says how a kernel walks over an image.
template <class Settings>
void add_kernel_geometry(KerasJson& config, const KerasLayer& layer, const Settings& s) {
  if (s.dilation_rate != Extent2{1, 1} && s.strides != Extent2{1, 1})
    throw NotInKeras{"dilation_rate together with strides"};
  config["kernel_size"] = pair(s.kernel_size);
  config["strides"] = pair(s.strides);
  if (s.padding.kind == PaddingRule::Kind::explicit_zeros) {
    layer.frame.zeros = s.padding.zeros;
    config["padding"] = "valid";
  } else {
    config["padding"] = padding_name(s.padding);
  }
  config["data_format"] = kLayout;
  config["dilation_rate"] = pair(s.dilation_rate);
}

}  // namespace

KerasJson pair(const Extent2& extent) {
  return KerasJson::array({extent.h, extent.w});
}

KerasJson extents(const Shape& shape) {
  KerasJson list = KerasJson::array();
  for (const Index extent : shape) list.push_back(extent);
  return list;
}

KerasJson sides(const Padding& padding) {
  const auto& [top, bottom, left, right] = padding;
  return KerasJson::array({KerasJson::array({top, bottom}), KerasJson::array({left, right})});
}

KerasJson initializer(const Initializer& initializer) {
  const std::string class_name = initializer_class(initializer);
  KerasJson config = KerasJson::object();
  if (class_name == "Orthogonal") config["gain"] = initializer.gain;
  if (class_name != "Zeros" && class_name != "Ones") config["seed"] = nullptr;
  return {{"class_name", class_name}, {"config", config}};
}

KerasJson regularizer(const Regularizer& given) {
  if (!given) return nullptr;
  return {{"class_name", "L1L2"}, {"config", {{"l1", given.l1}, {"l2", given.l2}}}};
}

std::string padding_name(const PaddingRule& padding) {
  using Kind = PaddingRule::Kind;
  if (padding.kind == Kind::explicit_zeros && padding.zeros != Padding{})
    throw NotInKeras{"explicit padding in a pooling layer"};
  return padding.kind == Kind::same ? "same" : "valid";
}

KerasJson output_padding(const ConvGeometry& g, bool is_same) {
  if (g.image.h == default_size(rows_of(g), is_same) &&
      g.image.w == default_size(columns_of(g), is_same))
    return nullptr;
  const Extent2 extra{g.image.h - base_size(rows_of(g), is_same),
                      g.image.w - base_size(columns_of(g), is_same)};
  if (std::min(extra.h, extra.w) < 0 || extra.h >= g.stride.h || extra.w >= g.stride.w)
    throw NotInKeras{"output_padding that gives " + to_string(g.image.shape())};
  return pair(extra);
}

void crop_behind(KerasJson& config, const KerasLayer& layer, const ConvGeometry& g) {
  Padding& cropping = layer.frame.cropping;
  cropping = std::exchange(layer.frame.zeros, {});
  const Extent2 least{base_size(rows_of(g), false), base_size(columns_of(g), false)};
  const Extent2 extra{std::max<Index>(g.image.h + cropping.top - least.h, 0),
                      std::max<Index>(g.image.w + cropping.left - least.w, 0)};
  if (extra.h >= g.stride.h || extra.w >= g.stride.w)
    throw NotInKeras{"output_padding that gives " + to_string(g.image.shape())};
  config["output_padding"] = pair(extra);
  cropping.bottom = least.h + extra.h - g.image.h - cropping.top;
  cropping.right = least.w + extra.w - g.image.w - cropping.left;
}

bool has_class(const Activation& activation) {
  return activation.kind == Activation::Kind::leaky_relu ||
         (activation.kind == Activation::Kind::elu && activation.alpha != Activation{}.alpha);
}

std::string_view activation(const Activation& given, KerasVersion version) {
  using Kind = Activation::Kind;
  if (given.kind == Kind::gelu && given.approximate)
    throw NotInKeras{"name for the approximate gelu"};
  if (given.kind == Kind::hard_sigmoid && version == KerasVersion::two)
    throw NotInKeras{"hard_sigmoid of slope 1/6 before its version 3"};
  return given.kind == Kind::silu ? "swish" : name_of(given.kind);
}

void add_nulls(KerasJson& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys) config[key] = nullptr;
}

void add_kernels_and_bias(KerasJson& config, const KerasLayer& layer, bool use_bias,
                          const std::vector<std::string>& kernels, const WeightSettings& weights) {
  config["activation"] =
      has_class(layer.activation) ? "linear" : activation(layer.activation, layer.version);
  config["use_bias"] = use_bias;
  const auto add = [&](const std::string& what, const KerasJson& value) {
    for (const std::string& kernel : kernels) config[kernel + what] = value;
  };
  add("_initializer", initializer(weights.kernel_initializer));
  config["bias_initializer"] = initializer(weights.bias_initializer);
  add("_regularizer", regularizer(weights.kernel_regularizer));
  config["bias_regularizer"] = regularizer(weights.bias_regularizer);
  add_nulls(config, {"activity_regularizer"});
  add("_constraint", nullptr);
  add_nulls(config, {"bias_constraint"});
}

void add_convolution(KerasJson& config, const KerasLayer& layer,
                     const ConvolutionLayer::Settings& s) {
  config["filters"] = s.filters;
  add_kernel_geometry(config, layer, s);
  config["groups"] = s.groups;
  add_kernels_and_bias(config, layer, s.use_bias, {"kernel"}, s.weights);
}

void add_depthwise(KerasJson& config, const KerasLayer& layer, const DepthwiseConv2D::Settings& s) {
  if (s.strides.h != s.strides.w) throw NotInKeras{"strides of a depthwise kernel that differ"};
  add_kernel_geometry(config, layer, s);
  if (layer.version == KerasVersion::two) config["groups"] = 1;
  config["depth_multiplier"] = s.depth_multiplier;
}

}  // namespace adjoint::keras
