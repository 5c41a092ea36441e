#include "models/keras/keras_config.hpp"

#include <map>
#include <utility>

#include "framework/layers/activation.hpp"
#include "framework/tensor/error.hpp"
#include "models/keras/keras_arguments.hpp"

namespace adjoint {
namespace {

using Json = KerasJson;

/// A layer's output as others name it: that of one of its calls.
struct LayerTensor {
  std::string layer;
  Index call = 0;
  Json history() const { return Json::array({layer, call, 0}); }
};

/// Writes the layers of one model, in the words of Keras 2.
class Writer {
 public:
  Writer(const Model& model, KerasVersion version)
      : model_(model), version_(version), shapes_(model.infer(model.example_shape())) {}

  Json functional(std::string_view name) {
    add_input();
    note_shape(0);
    for (Index i = 1; i <= model_.output(); ++i) {
      add_node(i);
      note_shape(i);
    }
    const auto end = [&](Index node) { return Json::array({tensors_[node].history()}); };
    return {{"class_name", "Functional"},
            {"config",
             {{"name", name},
              {"trainable", true},
              {"layers", layers_},
              {"input_layers", end(0)},
              {"output_layers", end(model_.output())}}}};
  }

  /// The shape of a batch of what a call of a layer gives; null where it may be any.
  const Json& batch_shape(const std::string& layer, Index call) const {
    return batch_shapes_.at({layer, call});
  }

 private:
  void add_input() {
    Json shape = Json::array({nullptr});
    for (Index extent : model_.input_shape())
      shape.push_back(extent == 0 ? Json(nullptr) : Json(extent));
    const std::string& name = model_.nodes()[0].name;
    Json config{{"batch_input_shape", shape},
                {"dtype", "float32"},
                {"sparse", false},
                {"ragged", false},
                {"name", name}};
    if (version_ == KerasVersion::three) config.erase("ragged");  // unknown before 3.9
    add_layer("InputLayer", std::move(config), Json::array());
    tensors_.push_back({name});
  }

  /// Notes the last tensor, that of a node.
  void note_shape(Index position) {
    const Shape& shape = shapes_[static_cast<std::size_t>(position)];
    const bool open = model_.input_shape().rank() == 3 && shape.rank() == 3;
    Json batch = Json::array({nullptr});
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const bool any = open && axis < 2 && model_.input_shape()[axis] == 0;
      batch.push_back(any ? Json(nullptr) : Json(shape[axis]));
    }
    batch_shapes_[{tensors_.back().layer, tensors_.back().call}] = batch;
  }

  /// One call with some tensors.
  static Json call_of(const std::vector<LayerTensor>& tensors) {
    Json call = Json::array();
    for (const LayerTensor& tensor : tensors) {
      call.push_back(tensor.history());
      call.back().push_back(Json::object());
    }
    return call;
  }

  void add_node(Index position) {
    const Node& node = model_.nodes()[position];
    around_.resize(static_cast<std::size_t>(position) + 1);
    std::vector<LayerTensor> from;
    for (Index input : node.inputs) from.push_back(tensors_[input]);
    if (node.shared_with >= 0) {
      call_again(node, from);
      return;
    }
    Json config = common(node.name, is_trainable(position));
    if (const auto* layer = dynamic_cast<const ActivationLayer*>(node.layer.get())) {
      add_activation(node.name, layer->activation(), Json::array({call_of(from)}),
                     node.activity_regularizer);
      tensors_.push_back({node.name});
      return;
    }
    const LayerShapes shapes = model_.layer_shapes(position, shapes_);
    const Kind<LayerFamily>* kind = find_kind<LayerFamily>(node.layer->type());
    if (!kind || !kind->traits.keras) throw NotInKeras{"layer " + std::string(node.layer->type())};
    KerasFrame frame;
    kind->traits.keras({*node.layer, node.activation, shapes, version_, frame}, config);
    const bool apart = is_apart(node, config);
    if (node.activity_regularizer && !apart && kind->traits.penalizes)
      config["activity_regularizer"] = keras::regularizer(node.activity_regularizer);
    from = padded(node, frame, from);
    add_layer(node.layer->type(), std::move(config), Json::array({call_of(from)}));
    tensors_.push_back({node.name});
    around_.back() = {frame, apart};
    follow(node, around_.back());
  }

  static bool is_apart(const Node& node, const Json& config) {
    const bool is_linear = node.activation.kind == Activation::Kind::linear;
    return keras::has_class(node.activation) || (!config.contains("activation") && !is_linear);
  }

  /// Layers of their own that stand around one of ours.
  struct Around {
    KerasFrame frame;
    bool activation = false;
  };

  std::string free_name(std::string name) const {
    while (model_.find(name) >= 0) name += '_';
    return name;
  }

  static Json grown(Json batch, const Padding& by) {
    if (!batch[1].is_null()) batch[1] = batch[1].get<Index>() + by.top + by.bottom;
    if (!batch[2].is_null()) batch[2] = batch[2].get<Index>() + by.left + by.right;
    return batch;
  }

  /// The input of a layer with the zeros around it that Keras's layer does not add.
  std::vector<LayerTensor> padded(const Node& node, const KerasFrame& frame,
                                  const std::vector<LayerTensor>& from) {
    if (frame.zeros == Padding{}) return from;
    const std::string name = free_name(node.name + "_padding");
    Json config = common(name, true);
    config["padding"] = keras::sides(frame.zeros);
    config["data_format"] = keras::kLayout;
    add_layer("ZeroPadding2D", std::move(config), Json::array({call_of(from)}));
    batch_shapes_[{name, 0}] = grown(batch_shape(from[0].layer, from[0].call), frame.zeros);
    return {{name}};
  }

  /// Gives the last tensor's layer what stands behind it.
  void follow(const Node& node, const Around& around) {
    note_shape(static_cast<Index>(tensors_.size()) - 1);
    if (around.frame.cropping != Padding{}) {
      if (node.activity_regularizer && !around.activation)
        throw NotInKeras{"activity_regularizer of a layer that is cropped"};
      LayerTensor& last = tensors_.back();
      Json& whole = batch_shapes_[{last.layer, last.call}];
      const std::string name = free_name(node.name + "_cropping");
      Json config = common(name, true);
      config["cropping"] = keras::sides(around.frame.cropping);
      config["data_format"] = keras::kLayout;
      add_layer("Cropping2D", std::move(config), Json::array({call_of({last})}));
      batch_shapes_[{name, 0}] = whole;
      whole = grown(whole, around.frame.cropping);
      last = {name};
    }
    if (around.activation) {
      const std::string name = free_name(node.name + "_activation");
      add_activation(name, node.activation, Json::array({call_of({tensors_.back()})}),
                     node.activity_regularizer);
      tensors_.back() = {name};
    }
  }

  /// Another call of a layer that was written.
  void call_again(const Node& node, const std::vector<LayerTensor>& from) {
    const std::string& owner = model_.nodes()[node.shared_with].name;
    const Around around = around_[static_cast<std::size_t>(node.shared_with)];
    const Json inputs = call_of(padded(node, around.frame, from));
    for (Json& layer : layers_) {
      if (layer["name"] != owner) continue;
      layer["inbound_nodes"].push_back(inputs);
      tensors_.push_back({owner, static_cast<Index>(layer["inbound_nodes"].size()) - 1});
    }
    follow(node, around);
  }

  void add_activation(const std::string& name, const Activation& activation, Json inbound,
                      const Regularizer& activity) {
    Json config = common(name, true);
    std::string_view class_name = "Activation";
    if (activation.kind == Activation::Kind::leaky_relu) {
      class_name = "LeakyReLU";
      config[version_ == KerasVersion::three ? "negative_slope" : "alpha"] =
          activation.negative_slope;
    } else if (keras::has_class(activation)) {
      class_name = "ELU";
      config["alpha"] = activation.alpha;
    } else {
      config["activation"] = keras::activation(activation, version_);
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
  KerasVersion version_;
  std::vector<Shape> shapes_;
  std::map<std::pair<std::string, Index>, Json> batch_shapes_;
  std::vector<LayerTensor> tensors_;  // of each node's output
  std::vector<Around> around_;        // each node
  Json layers_ = Json::array();
};

}  // namespace

std::optional<std::string> keras_config(const Model& model, std::string_view name,
                                        std::string* why_not) {
  try {
    return Writer(model, KerasVersion::two).functional(name).dump();
  } catch (const NotInKeras& refusal) {
    if (why_not) *why_not = "Keras has no " + refusal.reason;
    return {};
  }
}

namespace {

/// A tensor as Keras 3 names it.
Json keras_tensor(const Json& history, const Json& shape) {
  return {{"class_name", "__keras_tensor__"},
          {"config",
           {{"shape", shape},
            {"dtype", "float32"},
            {"keras_history", Json::array({history[0], history[1], history[2]})}}}};
}

/// Objects that are arguments, such as initializers, say where Keras has them.
void name_modules(Json& config) {
  for (auto& [key, value] : config.items()) {
    if (!value.is_object() || !value.contains("class_name")) continue;
    const bool initializes = key.ends_with("_initializer");
    value = {{"module", initializes ? "keras.initializers" : "keras.regularizers"},
             {"class_name", value["class_name"]},
             {"config", value["config"]},
             {"registered_name", nullptr}};
  }
}

}  // namespace

std::string keras3_config(const Model& model, std::string_view name) {
  Json functional;
  Writer writer(model, KerasVersion::three);
  try {
    functional = writer.functional(name);
  } catch (const NotInKeras& refusal) {
    throw InputError("Keras has no {}", refusal.reason);
  }
  Json layers = Json::array();
  for (Json& layer : functional["config"]["layers"]) {
    Json& config = layer["config"];
    name_modules(config);
    if (config.contains("batch_input_shape")) {
      config["batch_shape"] = config["batch_input_shape"];
      config.erase("batch_input_shape");
    }
    Json nodes = Json::array();
    for (const Json& call : layer["inbound_nodes"]) {
      Json tensors = Json::array();
      for (const Json& history : call)
        tensors.push_back(keras_tensor(history, writer.batch_shape(history[0], history[1])));
      // Layers that join take one list, the others one tensor.
      const bool joins = call.size() > 1;
      nodes.push_back(
          {{"args", joins ? Json::array({tensors}) : tensors}, {"kwargs", Json::object()}});
    }
    layers.push_back({{"module", "keras.layers"},
                      {"class_name", layer["class_name"]},
                      {"config", std::move(config)},
                      {"registered_name", nullptr},
                      {"name", layer["name"]},
                      {"inbound_nodes", nodes}});
  }
  functional["config"]["layers"] = layers;
  return Json{{"module", "keras.src.models.functional"},
              {"class_name", "Functional"},
              {"config", functional["config"]},
              {"registered_name", "Functional"}}
      .dump();
}

std::vector<KerasWeights> keras_weights(const Model& model) {
  std::vector<KerasWeights> layers;
  for (const Node& node : model.nodes()) {
    if (!node.layer || node.shared_with >= 0) continue;
    layers.push_back({node.name, std::string(node.layer->type()), node.parameters});
  }
  return layers;
}

}  // namespace adjoint
