// Arguments and defaults: keras/layers of Keras 2.15, get_config().

#include "models/keras_config.hpp"

#include <nlohmann/json.hpp>

#include "framework/layers/activation.hpp"
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/dropout.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/up_sampling2d.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

/// Why Keras has no such model.
struct NotInKeras {
  std::string reason;
};

Json pair(const Extent2& extent) {
  return Json::array({extent.h, extent.w});
}

Json extents(const Shape& shape) {
  Json list = Json::array();
  for (Index extent : shape) list.push_back(extent);
  return list;
}

Json initializer(std::string_view class_name) {
  Json config = Json::object();
  if (class_name == "GlorotUniform") config["seed"] = nullptr;
  return {{"class_name", class_name}, {"config", config}};
}

std::string padding_name(const PaddingRule& padding) {
  using Kind = PaddingRule::Kind;
  if (padding.kind == Kind::explicit_zeros && padding.zeros != Padding{})
    throw NotInKeras{"explicit padding"};
  return padding.kind == Kind::same ? "same" : "valid";
}

/// leaky_relu has an argument, so Keras gives it a layer.
bool is_leaky(const Activation& activation) {
  return activation.kind == Activation::Kind::leaky_relu;
}

void add_kernel_and_bias(Json& config, const Activation& activation, bool use_bias) {
  config["activation"] = is_leaky(activation) ? "linear" : name_of(activation.kind);
  config["use_bias"] = use_bias;
  config["kernel_initializer"] = initializer("GlorotUniform");
  config["bias_initializer"] = initializer("Zeros");
  for (const char* key : {"kernel_regularizer", "bias_regularizer", "activity_regularizer",
                          "kernel_constraint", "bias_constraint"})
    config[key] = nullptr;
}

void add_convolution(Json& config, const Activation& activation,
                     const ConvolutionLayer::Settings& s) {
  if (s.dilation_rate != Extent2{1, 1} && s.strides != Extent2{1, 1})
    throw NotInKeras{"dilation_rate together with strides"};
  config["filters"] = s.filters;
  config["kernel_size"] = pair(s.kernel_size);
  config["strides"] = pair(s.strides);
  config["padding"] = padding_name(s.padding);
  config["data_format"] = "channels_last";
  config["dilation_rate"] = pair(s.dilation_rate);
  config["groups"] = s.groups;
  add_kernel_and_bias(config, activation, s.use_bias);
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

/// Writes the layers of one model.
class Writer {
 public:
  explicit Writer(const Model& model)
      : model_(model), shapes_(model.infer(model.example_shape())) {}

  Json functional(std::string_view name) {
    add_input();
    for (Index i = 1; i <= model_.output(); ++i) add_node(i);
    const auto end = [&](Index node) { return Json::array({Json::array({tensors_[node], 0, 0})}); };
    return {{"class_name", "Functional"},
            {"config",
             {{"name", name},
              {"trainable", true},
              {"layers", layers_},
              {"input_layers", end(0)},
              {"output_layers", end(model_.output())}}}};
  }

 private:
  void add_input() {
    Json shape = Json::array({nullptr});
    for (Index extent : model_.input_shape())
      shape.push_back(extent == 0 ? Json(nullptr) : Json(extent));
    const std::string& name = model_.nodes()[0].name;
    add_layer("InputLayer",
              {{"batch_input_shape", shape},
               {"dtype", "float32"},
               {"sparse", false},
               {"ragged", false},
               {"name", name}},
              Json::array());
    tensors_.push_back(name);
  }

  void add_node(Index position) {
    const Node& node = model_.nodes()[position];
    Json inputs = Json::array();
    for (Index input : node.inputs)
      inputs.push_back(Json::array({tensors_[input], 0, 0, Json::object()}));
    tensors_.push_back(node.name);
    Json config = common(node.name, is_trainable(position));
    if (const auto* layer = dynamic_cast<const ActivationLayer*>(node.layer.get())) {
      add_activation(node.name, layer->activation(), Json::array({inputs}));
      return;
    }
    add_arguments(config, position);
    const bool has_activation = config.contains("activation");
    add_layer(node.layer->type(), std::move(config), Json::array({inputs}));
    const bool is_linear = node.activation.kind == Activation::Kind::linear;
    if (is_leaky(node.activation) || (!has_activation && !is_linear)) {
      std::string name = node.name + "_activation";
      while (model_.find(name) >= 0) name += '_';
      add_activation(name, node.activation,
                     Json::array({Json::array({Json::array({node.name, 0, 0, Json::object()})})}));
      tensors_.back() = name;
    }
  }

  /// What Keras's layer of this type is given.
  void add_arguments(Json& config, Index position) const {
    const Node& node = model_.nodes()[position];
    const Layer* layer = node.layer.get();
    if (const auto* conv = dynamic_cast<const Conv2D*>(layer)) {
      add_convolution(config, node.activation, conv->settings());
    } else if (const auto* transpose = dynamic_cast<const Conv2DTranspose*>(layer)) {
      const ConvolutionLayer::Settings& s = transpose->settings();
      if (s.groups != 1) throw NotInKeras{"groups of a transposed convolution"};
      add_convolution(config, node.activation, s);
      config["output_padding"] =
          output_padding(transpose->geometry(model_.layer_shapes(position, shapes_)),
                         s.padding.kind == PaddingRule::Kind::same);
    } else if (const auto* dense = dynamic_cast<const Dense*>(layer)) {
      config["units"] = dense->settings().units;
      add_kernel_and_bias(config, node.activation, dense->settings().use_bias);
    } else if (const auto* pool = dynamic_cast<const MaxPooling2D*>(layer)) {
      const MaxPooling2D::Settings& s = pool->settings();
      config["pool_size"] = pair(s.pool_size);
      config["padding"] = padding_name(s.padding);
      config["strides"] = pair(s.strides.value_or(s.pool_size));
      config["data_format"] = "channels_last";
    } else if (const auto* up = dynamic_cast<const UpSampling2D*>(layer)) {
      config["size"] = pair(up->settings().size);
      config["data_format"] = "channels_last";
      config["interpolation"] = up->settings().interpolation;
    } else if (const auto* norm = dynamic_cast<const BatchNormalization*>(layer)) {
      const BatchNormalization::Settings& s = norm->settings();
      config["axis"] = -1;
      config["momentum"] = s.momentum;
      config["epsilon"] = s.epsilon;
      config["center"] = s.center;
      config["scale"] = s.scale;
      config["beta_initializer"] = initializer("Zeros");
      config["gamma_initializer"] = initializer("Ones");
      config["moving_mean_initializer"] = initializer("Zeros");
      config["moving_variance_initializer"] = initializer("Ones");
      for (const char* key :
           {"beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"})
        config[key] = nullptr;
    } else if (const auto* concatenate = dynamic_cast<const Concatenate*>(layer)) {
      config["axis"] = concatenate->settings().axis;
    } else if (const auto* dropout = dynamic_cast<const Dropout*>(layer)) {
      config["rate"] = dropout->settings().rate;
      config["noise_shape"] = nullptr;
      config["seed"] = nullptr;
    } else if (layer->type() == "Flatten") {
      config["data_format"] = "channels_last";
    } else if (const auto* reshape = dynamic_cast<const Reshape*>(layer)) {
      config["target_shape"] = extents(reshape->settings().target_shape);
    } else if (layer->type() != "Add") {
      throw NotInKeras{"layer " + std::string(layer->type())};
    }
  }

  void add_activation(const std::string& name, const Activation& activation, Json inbound) {
    Json config = common(name, true);
    if (is_leaky(activation))
      config["alpha"] = activation.negative_slope;
    else
      config["activation"] = name_of(activation.kind);
    add_layer(is_leaky(activation) ? "LeakyReLU" : "Activation", std::move(config),
              std::move(inbound));
  }

  void add_layer(std::string_view class_name, Json config, Json inbound) {
    const Json name = config["name"];
    layers_.push_back({{"class_name", class_name},
                       {"config", std::move(config)},
                       {"name", name},
                       {"inbound_nodes", std::move(inbound)}});
  }

  static Json common(const std::string& name, bool trainable) {
    return {{"name", name}, {"trainable", trainable}, {"dtype", "float32"}};
  }

  /// False if a parameter that its layer would train is kept as it is.
  bool is_trainable(Index position) const {
    const Node& node = model_.nodes()[position];
    const auto specs = node.layer->parameters(model_.layer_shapes(position, shapes_));
    for (std::size_t i = 0; i < specs.size(); ++i)
      if (specs[i].trainable && !model_.parameters()[node.parameters[i]].trainable) return false;
    return true;
  }

  const Model& model_;
  std::vector<Shape> shapes_;
  std::vector<std::string> tensors_;  // Keras's name for each node's output
  Json layers_ = Json::array();
};

}  // namespace

std::optional<std::string> keras_config(const Model& model, std::string_view name,
                                        std::string* why_not) {
  try {
    return Writer(model).functional(name).dump();
  } catch (const NotInKeras& refusal) {
    if (why_not) *why_not = "Keras has no " + refusal.reason;
    return {};
  }
}

}  // namespace adjoint
