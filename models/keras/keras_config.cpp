#include "models/keras/keras_config.hpp"

#include "framework/layers/activation.hpp"
#include "models/keras/keras_arguments.hpp"

namespace adjoint {
namespace {

using Json = KerasJson;

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
      add_activation(node.name, layer->activation(), Json::array({inputs}),
                     node.activity_regularizer);
      return;
    }
    const LayerShapes shapes = model_.layer_shapes(position, shapes_);
    const Kind<LayerFamily>* kind = find_kind<LayerFamily>(node.layer->type());
    if (!kind || !kind->traits.keras) throw NotInKeras{"layer " + std::string(node.layer->type())};
    kind->traits.keras({*node.layer, node.activation, shapes}, config);
    const bool is_linear = node.activation.kind == Activation::Kind::linear;
    const bool apart =
        keras::has_class(node.activation) || (!config.contains("activation") && !is_linear);
    if (node.activity_regularizer && !apart && kind->traits.penalizes)
      config["activity_regularizer"] = keras::regularizer(node.activity_regularizer);
    add_layer(node.layer->type(), std::move(config), Json::array({inputs}));
    if (apart) {
      std::string name = node.name + "_activation";
      while (model_.find(name) >= 0) name += '_';
      add_activation(name, node.activation,
                     Json::array({Json::array({Json::array({node.name, 0, 0, Json::object()})})}),
                     node.activity_regularizer);
      tensors_.back() = name;
    }
  }

  void add_activation(const std::string& name, const Activation& activation, Json inbound,
                      const Regularizer& activity) {
    Json config = common(name, true);
    std::string_view class_name = "Activation";
    if (activation.kind == Activation::Kind::leaky_relu) {
      class_name = "LeakyReLU";
      config["alpha"] = activation.negative_slope;
    } else if (keras::has_class(activation)) {
      class_name = "ELU";
      config["alpha"] = activation.alpha;
    } else {
      config["activation"] = keras::activation(activation);
    }
    if (activity) config["activity_regularizer"] = keras::regularizer(activity);
    add_layer(class_name, std::move(config), std::move(inbound));
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
