// Arguments and defaults: keras/layers of Keras 2.15, get_config().

#include "models/keras_layers.hpp"

#include <algorithm>
#include <array>

#include "framework/layers/activity_regularization.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/cropping2d.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/gaussian_noise.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/pooling2d.hpp"
#include "framework/layers/prelu.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/layers/spatial_dropout2d.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"

namespace adjoint {
namespace {

using Json = KerasJson;

constexpr const char* kLayout = "channels_last";

template <class L>
const auto& settings(const KerasLayer& use) {
  return dynamic_cast<const L&>(use.layer).settings();
}

Json pair(const Extent2& extent) {
  return Json::array({extent.h, extent.w});
}

Json extents(const Shape& shape) {
  Json list = Json::array();
  for (const Index extent : shape) list.push_back(extent);
  return list;
}

/// Keras's class name of an initializer: "he_normal" -> "HeNormal".
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

Json initializer(const Initializer& initializer) {
  const std::string class_name = initializer_class(initializer);
  Json config = Json::object();
  if (class_name == "Orthogonal") config["gain"] = initializer.gain;
  if (class_name != "Zeros" && class_name != "Ones") config["seed"] = nullptr;
  return {{"class_name", class_name}, {"config", config}};
}

void add_nulls(Json& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys) config[key] = nullptr;
}

std::string padding_name(const PaddingRule& padding) {
  using Kind = PaddingRule::Kind;
  if (padding.kind == Kind::explicit_zeros && padding.zeros != Padding{})
    throw NotInKeras{"explicit padding"};
  return padding.kind == Kind::same ? "same" : "valid";
}

/// `kernels` are what the names of their arguments begin with.
void add_kernels_and_bias(Json& config, const Activation& activation, bool use_bias,
                          const std::vector<std::string>& kernels = {"kernel"},
                          const WeightSettings& weights = {}) {
  config["activation"] = has_class(activation) ? "linear" : keras_activation(activation);
  config["use_bias"] = use_bias;
  const auto add = [&](const std::string& what, const Json& value) {
    for (const std::string& kernel : kernels) config[kernel + what] = value;
  };
  add("_initializer", initializer(weights.kernel_initializer));
  config["bias_initializer"] = initializer(weights.bias_initializer);
  add("_regularizer", keras_regularizer(weights.kernel_regularizer));
  config["bias_regularizer"] = keras_regularizer(weights.bias_regularizer);
  add_nulls(config, {"activity_regularizer"});
  add("_constraint", nullptr);
  add_nulls(config, {"bias_constraint"});
}

/// Adds the arguments common to Keras's normalization layers.
template <class Settings>
void add_normalization(Json& config, const Settings& s) {
  config["epsilon"] = s.epsilon;
  config["center"] = s.center;
  config["scale"] = s.scale;
  config["beta_initializer"] = initializer(Initializer::Kind::zeros);
  config["gamma_initializer"] = initializer(Initializer::Kind::ones);
  add_nulls(config,
            {"beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"});
}

void check_dilation(const Extent2& strides, const Extent2& dilation_rate) {
  if (dilation_rate != Extent2{1, 1} && strides != Extent2{1, 1})
    throw NotInKeras{"dilation_rate together with strides"};
}

void add_convolution(Json& config, const Activation& activation,
                     const ConvolutionLayer::Settings& s) {
  check_dilation(s.strides, s.dilation_rate);
  config["filters"] = s.filters;
  config["kernel_size"] = pair(s.kernel_size);
  config["strides"] = pair(s.strides);
  config["padding"] = padding_name(s.padding);
  config["data_format"] = kLayout;
  config["dilation_rate"] = pair(s.dilation_rate);
  config["groups"] = s.groups;
  add_kernels_and_bias(config, activation, s.use_bias, {"kernel"}, s.weights);
}

/// The output_padding with which Keras gives this image; null where it is Keras's default size.
Json output_padding(const ConvGeometry& g, bool is_same) {
  const auto reach = [](Index kernel, Index dilation) { return dilation * (kernel - 1) + 1; };
  // deconv_output_length() of Keras, without and with output_padding.
  const auto default_size = [&](Index features, Index stride, Index reach) {
    return features * stride + (is_same ? 0 : std::max<Index>(reach - stride, 0));
  };
  const auto base_size = [&](Index features, Index stride, Index reach) {
    return (features - 1) * stride + reach - (is_same ? 2 * (reach / 2) : 0);
  };
  const Index reach_h = reach(g.kernel.h, g.dilation.h), reach_w = reach(g.kernel.w, g.dilation.w);
  if (g.image.h == default_size(g.features.h, g.stride.h, reach_h) &&
      g.image.w == default_size(g.features.w, g.stride.w, reach_w))
    return nullptr;
  const Extent2 extra{g.image.h - base_size(g.features.h, g.stride.h, reach_h),
                      g.image.w - base_size(g.features.w, g.stride.w, reach_w)};
  if (std::min(extra.h, extra.w) < 0 || extra.h >= g.stride.h || extra.w >= g.stride.w)
    throw NotInKeras{"output_padding that gives " + to_string(g.image.shape())};
  return pair(extra);
}

void nothing(const KerasLayer&, Json&) {}

void layout(const KerasLayer&, Json& config) {
  config["data_format"] = kLayout;
}

void conv2d(const KerasLayer& use, Json& config) {
  add_convolution(config, use.activation, settings<Conv2D>(use));
}

void conv2d_transpose(const KerasLayer& use, Json& config) {
  const auto& layer = dynamic_cast<const Conv2DTranspose&>(use.layer);
  const ConvolutionLayer::Settings& s = layer.settings();
  if (s.groups != 1) throw NotInKeras{"groups of a transposed convolution"};
  add_convolution(config, use.activation, s);
  config["output_padding"] =
      output_padding(layer.geometry(use.shapes), s.padding.kind == PaddingRule::Kind::same);
}

void dense(const KerasLayer& use, Json& config) {
  const Dense::Settings& s = settings<Dense>(use);
  config["units"] = s.units;
  add_kernels_and_bias(config, use.activation, s.use_bias, {"kernel"}, s.weights);
}

void pooling(const KerasLayer& use, Json& config) {
  const Pooling2D::Settings& s = settings<Pooling2D>(use);
  config["pool_size"] = pair(s.pool_size);
  config["padding"] = padding_name(s.padding);
  config["strides"] = pair(s.strides.value_or(s.pool_size));
  config["data_format"] = kLayout;
}

/// Adds the arguments common to DepthwiseConv2D and SeparableConv2D.
void add_depthwise(Json& config, const DepthwiseConv2D::Settings& s) {
  if (s.strides.h != s.strides.w) throw NotInKeras{"strides of a depthwise kernel that differ"};
  check_dilation(s.strides, s.dilation_rate);
  config["kernel_size"] = pair(s.kernel_size);
  config["strides"] = pair(s.strides);
  config["padding"] = padding_name(s.padding);
  config["data_format"] = kLayout;
  config["dilation_rate"] = pair(s.dilation_rate);
  config["groups"] = 1;
  config["depth_multiplier"] = s.depth_multiplier;
}

void depthwise_conv2d(const KerasLayer& use, Json& config) {
  const DepthwiseConv2D::Settings& s = settings<DepthwiseConv2D>(use);
  add_depthwise(config, s);
  add_kernels_and_bias(config, use.activation, s.use_bias, {"depthwise"});
}

void separable_conv2d(const KerasLayer& use, Json& config) {
  const SeparableConv2D::Settings& s = settings<SeparableConv2D>(use);
  config["filters"] = s.filters;
  add_depthwise(config, s);
  add_kernels_and_bias(config, use.activation, s.use_bias, {"depthwise", "pointwise"});
}

Json sides(const Padding& padding) {
  const auto& [top, bottom, left, right] = padding;
  return Json::array({Json::array({top, bottom}), Json::array({left, right})});
}

void zero_padding2d(const KerasLayer& use, Json& config) {
  const ZeroPadding2D::Settings& s = settings<ZeroPadding2D>(use);
  if (s.mode != "constant") throw NotInKeras{"padding with mode = \"" + s.mode + "\""};
  config["padding"] = sides(s.padding);
  config["data_format"] = kLayout;
}

void cropping2d(const KerasLayer& use, Json& config) {
  config["cropping"] = sides(settings<Cropping2D>(use).cropping);
  config["data_format"] = kLayout;
}

void global_pooling(const KerasLayer& use, Json& config) {
  config["data_format"] = kLayout;
  config["keepdims"] = settings<GlobalAveragePooling2D>(use).keepdims;
}

void rescaling(const KerasLayer& use, Json& config) {
  config["scale"] = settings<Rescaling>(use).scale;
  config["offset"] = settings<Rescaling>(use).offset;
}

void up_sampling2d(const KerasLayer& use, Json& config) {
  config["size"] = pair(settings<UpSampling2D>(use).size);
  config["data_format"] = kLayout;
  config["interpolation"] = settings<UpSampling2D>(use).interpolation;
}

void batch_normalization(const KerasLayer& use, Json& config) {
  const BatchNormalization::Settings& s = settings<BatchNormalization>(use);
  config["axis"] = -1;
  config["momentum"] = s.momentum;
  add_normalization(config, s);
  config["moving_mean_initializer"] = initializer(Initializer::zeros);
  config["moving_variance_initializer"] = initializer(Initializer::ones);
}

void group_normalization(const KerasLayer& use, Json& config) {
  config["groups"] = settings<GroupNormalization>(use).groups;
  config["axis"] = -1;
  add_normalization(config, settings<GroupNormalization>(use));
}

void layer_normalization(const KerasLayer& use, Json& config) {
  config["axis"] = extents(settings<LayerNormalization>(use).axis.list);
  add_normalization(config, settings<LayerNormalization>(use));
}

void prelu(const KerasLayer& use, Json& config) {
  const PReLU::Settings& s = settings<PReLU>(use);
  config["alpha_initializer"] = initializer(s.alpha_initializer);
  config["alpha_regularizer"] = keras_regularizer(s.alpha_regularizer);
  config["alpha_constraint"] = nullptr;
  config["shared_axes"] = s.shared_axes.empty() ? Json(nullptr) : extents(s.shared_axes);
}

void activity_regularization(const KerasLayer& use, Json& config) {
  config["l1"] = settings<ActivityRegularization>(use).l1;
  config["l2"] = settings<ActivityRegularization>(use).l2;
}

void spatial_dropout2d(const KerasLayer& use, Json& config) {
  config["rate"] = settings<SpatialDropout2D>(use).rate;
  add_nulls(config, {"noise_shape", "seed"});
  config["data_format"] = kLayout;
}

void gaussian_noise(const KerasLayer& use, Json& config) {
  config["stddev"] = settings<GaussianNoiseLayer>(use).stddev;
  config["seed"] = nullptr;
}

void concatenate(const KerasLayer& use, Json& config) {
  config["axis"] = settings<Concatenate>(use).axis;
}

void dropout(const KerasLayer& use, Json& config) {
  config["rate"] = settings<Dropout>(use).rate;
  add_nulls(config, {"noise_shape", "seed"});
}

void reshape(const KerasLayer& use, Json& config) {
  config["target_shape"] = extents(settings<Reshape>(use).target_shape);
}

struct Entry {
  std::string_view type;
  void (*add)(const KerasLayer& use, Json& config);
};

constexpr std::array kLayers{
    Entry{"ActivityRegularization", activity_regularization},
    Entry{"Add", nothing},
    Entry{"Average", nothing},
    Entry{"AveragePooling2D", pooling},
    Entry{"BatchNormalization", batch_normalization},
    Entry{"Concatenate", concatenate},
    Entry{"Conv2D", conv2d},
    Entry{"Conv2DTranspose", conv2d_transpose},
    Entry{"Cropping2D", cropping2d},
    Entry{"Dense", dense},
    Entry{"DepthwiseConv2D", depthwise_conv2d},
    Entry{"Dropout", dropout},
    Entry{"Flatten", layout},
    Entry{"GaussianNoise", gaussian_noise},
    Entry{"GlobalAveragePooling2D", global_pooling},
    Entry{"GroupNormalization", group_normalization},
    Entry{"LayerNormalization", layer_normalization},
    Entry{"MaxPooling2D", pooling},
    Entry{"Maximum", nothing},
    Entry{"Multiply", nothing},
    Entry{"PReLU", prelu},
    Entry{"Rescaling", rescaling},
    Entry{"Reshape", reshape},
    Entry{"SeparableConv2D", separable_conv2d},
    Entry{"SpatialDropout2D", spatial_dropout2d},
    Entry{"Subtract", nothing},
    Entry{"UpSampling2D", up_sampling2d},
    Entry{"ZeroPadding2D", zero_padding2d},
};

}  // namespace

void add_keras_arguments(const KerasLayer& layer, Json& config) {
  const auto* const entry = std::ranges::find(kLayers, layer.layer.type(), &Entry::type);
  if (entry == kLayers.end()) throw NotInKeras{"layer " + std::string(layer.layer.type())};
  entry->add(layer, config);
}

bool has_class(const Activation& activation) {
  return activation.kind == Activation::Kind::leaky_relu ||
         (activation.kind == Activation::Kind::elu && activation.alpha != Activation{}.alpha);
}

std::string_view keras_activation(const Activation& activation) {
  using Kind = Activation::Kind;
  if (activation.kind == Kind::gelu && activation.approximate)
    throw NotInKeras{"name for the approximate gelu"};
  if (activation.kind == Kind::hard_sigmoid)
    throw NotInKeras{"hard_sigmoid of slope 1/6 before its version 3"};
  return activation.kind == Kind::silu ? "swish" : name_of(activation.kind);
}

KerasJson keras_regularizer(const Regularizer& regularizer) {
  if (!regularizer) return nullptr;
  return {{"class_name", "L1L2"}, {"config", {{"l1", regularizer.l1}, {"l2", regularizer.l2}}}};
}

}  // namespace adjoint
