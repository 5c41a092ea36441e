#include "models/keras/model_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/graph/model.hpp"
#include "framework/tensor/error.hpp"
#include "models/keras/function_reader.hpp"
#include "models/keras/inbound_call.hpp"
#include "models/keras/layer_reader.hpp"
#include "models/layer_names.hpp"

namespace adjoint::keras {
namespace {

/// Far above what anybody trains; models that call each other twice over and over reach it soon.
constexpr std::size_t kMostLayers = 10'000;

/// What a layer gives: the name of Adjoint's layer (empty: the input) and its axes with the batch.
struct Value {
  std::string layer;
  int axes = 4;
};
using Values = std::vector<Value>;

bool is_model(const Json& layer) {
  const auto config = layer.find("config");
  if (config == layer.end()) return false;
  return config->is_array() || (config->is_object() && config->contains("layers"));
}

/// The layers of a model; Keras before 2.3 writes a Sequential's config as the list itself.
const Json& layers_of(const Json& config) {
  return config.is_array() ? config : config["layers"];
}

class ModelReader {
 public:
  ModelReader(std::string file, bool keras3) : file_(std::move(file)), keras3_(keras3) {}

  ModelDescription read(const Json& model) {
    Part& whole = result_.whole;
    whole = part_of(model, "model");
    if (!is_model(model)) {
      throw InputError(
          "{}: its model \"{}\" ({}) is described by Python code that is not in the file; expected "
          "a Sequential or Functional model. Write a config with its layers, and take the weights "
          "by `adjoint import {} --config model.toml -o FOLDER`",
          file_, whole.name, whole.class_name, file_);
    }
    result_.name = whole.name;
    const Json& config = model["config"];
    const Shape input = input_of(model);
    result_.spec.input = input;
    const Value start{"", input_axes_};
    const Values outputs = run_model(config, whole, "", {start});
    finish(outputs, config);
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(const std::string& where, const std::string& what) const {
    throw InputError("{}: {}{}", file_, where.empty() ? "" : where + ": ", what);
  }

  static std::string class_of(const Json& layer) {
    const std::string registered = text_of(layer, "registered_name");
    if (registered.find('>') != std::string::npos) return registered;  // somebody's own class
    return text_of(layer, "class_name");
  }

  Part part_of(const Json& layer, const std::string& fallback) const {
    if (!layer.is_object()) refuse("", "a layer is not described by an object");
    Part part{.name = fallback, .class_name = class_of(layer)};
    const auto config = layer.find("config");
    if (config != layer.end() && config->is_object()) {
      const auto trainable = config->find("trainable");
      if (trainable != config->end() && trainable->is_boolean())
        part.trainable = trainable->get<bool>();
      if (const std::string name = text_of(*config, "name"); !name.empty()) part.name = name;
    }
    if (const std::string name = text_of(layer, "name"); !name.empty()) part.name = name;
    return part;
  }

  // The input.

  /// A batch's shape as an argument gives it; empty if there is none.
  static const Json* shape_argument(const Json& config) {
    if (!config.is_object()) return nullptr;
    for (const char* key : {"batch_input_shape", "batch_shape", "build_input_shape"}) {
      const auto found = config.find(key);
      if (found == config.end()) continue;
      if (found->is_array() && !found->empty()) return &*found;
      const auto items = found->is_object() ? found->find("items") : found->end();
      if (items != found->end() && items->is_array()) return &*items;
    }
    return nullptr;
  }

  Shape input_of(const Json& model) {
    const Json* found = nullptr;
    const Json* place = &model;
    // A model's first layer, or that of the model which is its first layer.
    while (!found && place->is_object() && is_model(*place)) {
      const Json& config = (*place)["config"];
      const Json& layers = layers_of(config);
      if (!layers.is_array() || layers.empty()) refuse("", "the model has no layers");
      const Json* first = first_layer(config);
      if (first->is_object() && first->contains("config"))
        found = shape_argument((*first)["config"]);
      if (!found) found = shape_argument(config);
      if (!found) found = build_shape(*place);
      if (!found) found = build_shape(*first);
      place = first;
    }
    if (!found) {
      refuse("",
             "it does not say which images the model takes; build the model in Keras before it is "
             "saved, by calling it once");
    }
    Shape shape;
    if (found->size() < 2 || found->size() > 4) {
      refuse("", fmt::format("the model takes batches of shape {}; expected images (batch, height, "
                             "width, channels), steps (batch, steps, channels) or vectors",
                             found->dump()));
    }
    input_axes_ = static_cast<int>(found->size());
    if (input_axes_ == 3) shape.push_back(1);  // steps are images of one row
    for (std::size_t axis = 1; axis < found->size(); ++axis) {
      const Json& extent = (*found)[axis];
      const bool last = axis + 1 == found->size();
      const bool known = extent.is_number_integer() && extent >= 1 && extent <= 1 << 30;
      if (!known && (last || !extent.is_null())) {
        refuse("", fmt::format("the model takes batches of shape {}; expected a known number of "
                               "channels",
                               found->dump()));
      }
      shape.push_back(known ? extent.get<Index>() : 0);
    }
    return shape;
  }

  static const Json* build_shape(const Json& layer) {
    if (!layer.is_object()) return nullptr;
    const auto build = layer.find("build_config");
    if (build == layer.end() || !build->is_object()) return nullptr;
    const auto found = build->find("input_shape");
    return found != build->end() && found->is_array() && !found->empty() ? &*found : nullptr;
  }

  /// The layer that a model begins with.
  const Json* first_layer(const Json& config) const {
    const Json& layers = layers_of(config);
    if (config.is_object() && config.contains("input_layers")) {
      const std::vector<Reference> inputs = ends(config, "input_layers");
      for (const Json& layer : layers)
        if (!inputs.empty() && part_of(layer, "").name == inputs[0].layer) return &layer;
    }
    return &layers[0];
  }

  // Layers.

  /// Runs a model on some inputs; `path` is "" or ends in a slash.
  Values run_model(const Json& config, Part& part, const std::string& path, const Values& inputs) {
    const bool is_graph =
        config.is_object() && config.contains("input_layers") && config.contains("output_layers");
    if (!layers_of(config).is_array()) refuse(path, "its layers are no list");
    return is_graph ? run_graph(config, part, path, inputs)
                    : run_sequence(config, part, path, inputs);
  }

  /// Fills in a model's parts, unless an earlier call has; gives the places of its layers by name.
  std::map<std::string, std::size_t> describe_parts(const Json& layers, Part& part,
                                                    const std::string& path) const {
    if (part.parts.empty()) {
      for (std::size_t i = 0; i < layers.size(); ++i)
        part.parts.push_back(part_of(layers[i], fmt::format("layer_{}", i)));
    }
    std::map<std::string, std::size_t> by_name;
    for (std::size_t i = 0; i < part.parts.size(); ++i) {
      const std::string& name = part.parts[i].name;
      if (!by_name.emplace(name, i).second) refuse(path + name, "two layers have this name");
    }
    return by_name;
  }

  Values run_sequence(const Json& config, Part& part, const std::string& path,
                      const Values& inputs) {
    const Json& layers = layers_of(config);
    describe_parts(layers, part, path);
    Values values = inputs;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (part.parts[i].class_name == "InputLayer") continue;
      values = call(layers[i], part.parts[i], path, values);
    }
    return values;
  }

  struct Call {
    std::size_t layer;
    InboundCall arguments;
    std::vector<std::size_t> next;
    std::size_t waiting = 0;
    bool wanted = false;
  };

  Values run_graph(const Json& config, Part& part, const std::string& path, const Values& inputs) {
    const Json& layers = layers_of(config);
    const std::map<std::string, std::size_t> by_name = describe_parts(layers, part, path);
    std::vector<Call> calls;
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> call_at;
    std::vector<std::size_t> call_count(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto nodes = layers[i].find("inbound_nodes");
      if (nodes == layers[i].end() || !nodes->is_array()) continue;
      for (std::size_t node = 0; node < nodes->size(); ++node) {
        call_at[{i, node}] = calls.size();
        calls.push_back({.layer = i,
                         .arguments = read_inbound_call((*nodes)[node],
                                                        file_ + ": " + path + part.parts[i].name)});
      }
      call_count[i] = nodes->size();
    }

    // Values of the model's own inputs, by layer.
    std::map<std::size_t, Value> given;
    const std::vector<Reference> input_layers = ends(config, "input_layers", path);
    if (input_layers.size() != inputs.size()) {
      refuse(path,
             fmt::format("the model has {} inputs, and {} are given; Adjoint's models take one "
                         "image",
                         input_layers.size(), inputs.size()));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto found = by_name.find(input_layers[i].layer);
      if (found == by_name.end())
        refuse(path, fmt::format("its input \"{}\" is none of its layers", input_layers[i].layer));
      given[found->second] = inputs[i];
    }

    // The call that a reference means; nothing for the model's own input.
    const auto source = [&](const Reference& reference) -> std::optional<std::size_t> {
      const auto found = by_name.find(reference.layer);
      if (found == by_name.end())
        refuse(path, fmt::format("\"{}\" is taken as an input, and no layer has that name",
                                 reference.layer));
      const std::size_t layer = found->second;
      if (given.contains(layer)) return std::nullopt;
      // A model in Keras has had a call of its own before its first one here.
      const bool counts_its_own =
          is_model(layers[layer]) &&
          (!keras3_ || text_of(layers[layer], "class_name") != "Sequential");
      const auto count = static_cast<Index>(call_count[layer]);
      Index node = reference.node - (counts_its_own ? 1 : 0);
      if (node < 0 || node >= count) node = reference.node;
      if (counts_its_own && node >= count) node = reference.node - 1;
      if (node < 0 || node >= count)
        refuse(path, fmt::format("call {} of layer \"{}\" is taken as an input, and there are {}",
                                 reference.node, reference.layer, count));
      return call_at.at({layer, static_cast<std::size_t>(node)});
    };

    const std::vector<Reference> output_layers = ends(config, "output_layers", path);
    // Only what an output needs is run.
    std::vector<std::size_t> open;
    const auto want = [&](const Reference& reference) {
      const auto call = source(reference);
      if (call && !calls[*call].wanted) {
        calls[*call].wanted = true;
        open.push_back(*call);
      }
    };
    for (const Reference& output : output_layers) want(output);
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (const Reference& input : calls[at].arguments.inputs) want(input);
    }
    // In an order in which every input comes first; else in the file's.
    std::set<std::size_t> ready;
    std::size_t left = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].wanted) continue;
      ++left;
      for (const Reference& input : calls[i].arguments.inputs) {
        if (const auto from = source(input)) {
          calls[*from].next.push_back(i);
          ++calls[i].waiting;
        }
      }
      if (calls[i].waiting == 0) ready.insert(i);
    }
    std::map<std::size_t, Values> done;
    const auto value = [&](const Reference& reference) -> Value {
      const auto call = source(reference);
      if (!call) return given.at(by_name.at(reference.layer));
      const Values& values = done.at(*call);
      if (reference.tensor < 0 || reference.tensor >= static_cast<Index>(values.size()))
        refuse(path, fmt::format("output {} of layer \"{}\" is taken as an input, and it has {}",
                                 reference.tensor, reference.layer, values.size()));
      return values[static_cast<std::size_t>(reference.tensor)];
    };
    while (!ready.empty()) {
      const std::size_t at = *ready.begin();
      ready.erase(ready.begin());
      --left;
      Values taken;
      for (const Reference& input : calls[at].arguments.inputs) taken.push_back(value(input));
      const std::size_t layer = calls[at].layer;
      done[at] = call(layers[layer], part.parts[layer], path, taken, calls[at].arguments.options);
      for (const std::size_t next : calls[at].next)
        if (--calls[next].waiting == 0) ready.insert(next);
    }
    if (left > 0) refuse(path, "its layers take each other's outputs in a circle");
    Values outputs;
    for (const Reference& output : output_layers) outputs.push_back(value(output));
    return outputs;
  }

  /// Calls a layer, or a model in the model.
  Values call(const Json& given, Part& part, const std::string& path, const Values& inputs,
              const Json& options = Json::object()) {
    const std::string own = path + part.name;
    const std::optional<std::string> function = called_function(given);
    const LayerPlace place{.file = file_,
                           .name = own,
                           .class_name = function.value_or(part.class_name),
                           .keras3 = keras3_,
                           .notes = &result_.notes};
    Json replaced;
    if (function) {
      LayerArguments all(with_config(options, given), place);
      replaced = layer_of_function(*function, all, inputs.size());
      part.class_name = replaced["class_name"];
    } else if (!options.empty()) {
      refuse(fmt::format("layer \"{}\"", own),
             fmt::format("it is called with {} = {}; expected a call with its inputs alone",
                         options.begin().key(), options.begin()->dump()));
    }
    const Json& layer = function ? replaced : given;
    if (++call_count_ > kMostLayers)
      refuse("", fmt::format("its models stand for more than {} layers; no model has so many",
                             kMostLayers));
    if (is_model(layer)) {
      Values outputs = run_model(layer["config"], part, own + "/", inputs);
      if (path.empty() && first_model_.empty() && outputs.size() == 1)
        first_model_ = outputs[0].layer;
      return outputs;
    }
    const auto config = layer.find("config");
    LayerPlace of_class = place;
    of_class.class_name = part.class_name;
    LayerArguments arguments(config == layer.end() ? Json() : *config, std::move(of_class));
    std::vector<int> axes;
    for (const Value& input : inputs) axes.push_back(input.axes);
    LayerChain chain = read_layer(arguments, axes);
    return {add(std::move(chain), part, inputs, /*is_function=*/function.has_value())};
  }

  /// Adds the layers of a chain; those of a layer's second call share the first one's weights. A
  /// function has none, and may be called with other arguments.
  Value add(LayerChain chain, Part& part, const Values& inputs, bool is_function) {
    const auto before = is_function ? calls_.end() : calls_.find(&part);
    std::vector<std::string> names;
    Values taken = inputs;
    for (std::size_t i = 0; i < chain.layers.size(); ++i) {
      LayerSpec spec = std::move(chain.layers[i]);
      const bool is_itself = spec.name.empty();
      spec.name = names_.add(part.name + spec.name);
      names.push_back(spec.name);
      std::vector<std::string> from;
      for (const Value& value : taken)
        from.push_back(value.layer.empty() ? std::string(Model::kInputName) : value.layer);
      const std::string above = result_.spec.layers.empty() ? std::string(Model::kInputName)
                                                            : result_.spec.layers.back().name;
      if (from.size() != 1 || from[0] != above) spec.inputs = from;
      if (before != calls_.end() && is_itself) {
        LayerSpec again{.name = spec.name, .type = spec.type, .inputs = spec.inputs};
        again.shared_with = before->second[i];
        spec = std::move(again);
      } else if (is_itself) {
        part.layer = spec.name;
      }
      taken = {{spec.name, chain.axes}};
      result_.spec.layers.push_back(std::move(spec));
    }
    if (before == calls_.end()) calls_[&part] = names;
    return {taken.front().layer, chain.axes};
  }

  /// Arguments of a call, and those that its function was made with.
  static Json with_config(Json options, const Json& layer) {
    const auto config = layer.find("config");
    if (config != layer.end() && config->is_object())
      for (const auto& [name, value] : config->items()) options.emplace(name, value);
    options.erase("function");
    return options;
  }

  /// The tensors with which a model begins or ends; `key` is "input_layers" or "output_layers".
  std::vector<Reference> ends(const Json& config, const char* key,
                              const std::string& path = "") const {
    return read_ends(config[key], fmt::format("{}: {}{}", file_, path, key));
  }

  void finish(const Values& outputs, const Json& config) {
    if (outputs.size() != 1) {
      std::vector<std::string> names;
      if (config.contains("output_layers"))
        for (const Reference& end : ends(config, "output_layers")) names.push_back(end.layer);
      refuse("",
             fmt::format("the model has {} outputs ({}), and Adjoint's models have one; save the "
                         "part of it that makes images as a model of its own",
                         outputs.size(), fmt::join(names, ", ")));
    }
    ModelSpec& spec = result_.spec;
    if (outputs[0].layer.empty()) refuse("", "the model gives back its input: it has no layers");
    // The latent code, where the model is made of models: what the first of them gives.
    if (first_model_ != outputs[0].layer) spec.latent = first_model_;
  }

  std::string file_;
  bool keras3_;
  int input_axes_ = 4;
  ModelDescription result_;
  LayerNames names_;
  std::map<const Part*, std::vector<std::string>> calls_;  // Adjoint's layers of a first call
  std::string first_model_;
  std::size_t call_count_ = 0;
};

}  // namespace

ModelDescription read_model(const Json& model, const std::string& file, bool keras3) {
  return ModelReader(file, keras3).read(model);
}

}  // namespace adjoint::keras
