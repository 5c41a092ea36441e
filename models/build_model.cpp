#include "models/build_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "framework/settings/near_miss.hpp"
#include "framework/tensor/error.hpp"
#include "models/layer_table.hpp"

namespace adjoint {
namespace {

std::string prefix(const std::string& where) {
  return where.empty() ? "" : where + ": ";
}

std::string place(const std::vector<LayerSpec>& layers, std::size_t i) {
  return fmt::format("{}model.layer[{}] \"{}\"", prefix(layers[i].where), i + 1, layers[i].name);
}

/// Runs a step, with the place that it is about before the message of what it throws.
template <class Step>
auto at(const std::string& place, Step step) {
  try {
    return step();
  } catch (const InputError& error) {
    throw InputError("{}{}", prefix(place), error.what());
  }
}

/// Builds one layer of a spec after the other into a model.
class Builder {
 public:
  Builder(const std::vector<LayerSpec>& layers, Model& model) : layers_(layers), model_(model) {}

  void add(const LayerSpec& spec) {
    const Kind<LayerFamily>* type = find_kind<LayerFamily>(spec.type);
    if (!type) {
      throw InputError("unknown type \"{}\"{}", spec.type,
                       did_you_mean(spec.type, kind_names<LayerFamily>()));
    }
    check_inputs(*type, spec);
    if (spec.shared_with) return add_call(spec);
    Model::NewNode node{.name = spec.name,
                        .activation = spec.activation.activation(),
                        .inputs = spec.inputs.value_or(std::vector<std::string>{}),
                        .tied_to = spec.tied_to.value_or(""),
                        .output_like = spec.output_like.value_or(""),
                        .trainable = spec.trainable,
                        .activity_regularizer = spec.activity_regularizer};
    if (spec.output_like) check_above("output_like", *spec.output_like, spec);
    node.layer = spec.tied_to ? tied_layer(spec) : type->make(spec.settings);
    at(spec.output_like ? fmt::format("output_like = \"{}\"", *spec.output_like) : "",
       [&] { model_.add(node); });
  }

 private:
  /// Adds another call of a layer above.
  void add_call(const LayerSpec& spec) {
    check_above("shared_with", *spec.shared_with, spec);
    const Node& owner = model_.nodes()[model_.find(*spec.shared_with)];
    if (owner.layer && owner.layer->type() != spec.type) {
      throw InputError("shared_with names \"{}\", which is a {}; expected a {} as here", owner.name,
                       owner.layer->type(), spec.type);
    }
    if (owner.shared_with >= 0 || owner.tied_to >= 0 || owner.output_like >= 0) {
      throw InputError(
          "shared_with names \"{}\", which takes its kernel or its size from another layer itself; "
          "name a layer that has its own",
          owner.name);
    }
    model_.add({.name = spec.name,
                .layer = owner.layer,
                .activation = owner.activation,
                .inputs = spec.inputs.value_or(std::vector<std::string>{}),
                .shared_with = *spec.shared_with,
                .trainable = owner.trainable,
                .activity_regularizer = owner.activity_regularizer});
  }

  void check_inputs(const Kind<LayerFamily>& type, const LayerSpec& spec) const {
    using enum LayerFamily::Inputs;
    const LayerFamily::Inputs takes = type.traits.inputs;
    const std::size_t count = spec.inputs ? spec.inputs->size() : 1;
    if (takes == many && count < 2) {
      throw InputError("{} joins two or more layers; name them: inputs = [\"...\", \"...\"]",
                       type.name);
    }
    if (takes == two && count != 2) {
      throw InputError(
          "{} joins exactly two layers, and got {}; name them: inputs = [\"...\", \"...\"]",
          type.name, count);
    }
    if (takes == one && count != 1)
      throw InputError("{} takes one input, and inputs names {}", type.name, count);
    if (!spec.inputs) return;
    for (const std::string& name : *spec.inputs) check_above("inputs", name, spec);
  }

  /// Throws unless a layer of that name has been added.
  void check_above(std::string_view key, const std::string& name, const LayerSpec& spec) const {
    if (model_.find(name) >= 0) return;
    if (name == spec.name) throw InputError("{} names the layer itself", key);
    if (std::ranges::find(layers_, name, &LayerSpec::name) != layers_.end()) {
      throw InputError("{} names \"{}\", which stands below; only a layer above can be meant", key,
                       name);
    }
    std::vector<std::string> above;
    for (const Node& node : model_.nodes()) above.push_back(node.name);
    throw InputError("{} names \"{}\", and no layer has that name{}", key, name,
                     did_you_mean(name, above));
  }

  std::shared_ptr<const Layer> tied_layer(const LayerSpec& spec) const {
    check_above("tied_to", *spec.tied_to, spec);
    const Node& node = model_.nodes()[model_.find(*spec.tied_to)];
    const auto* owner = dynamic_cast<const ConvolutionLayer*>(node.layer.get());
    if (!owner) {
      throw InputError(
          "tied_to names \"{}\", which is no convolution; expected a Conv2D or a "
          "Conv2DTranspose",
          node.name);
    }
    const Shape kernel = shape_of(model_.parameters()[node.parameters[0]].value);
    const Index image_channels = kernel[2] * owner->settings().groups;
    return std::make_shared<const Conv2DTranspose>(
        spec.tied.resolve(owner->settings(), image_channels));
  }

  const std::vector<LayerSpec>& layers_;
  Model& model_;
};

}  // namespace

Model build_model(const ModelSpec& spec, std::uint64_t seed) {
  Model model = build_structure(spec, std::numeric_limits<Index>::max());
  model.initialize(seed);
  return model;
}

Model build_structure(const ModelSpec& spec, Index most_parameters) {
  std::vector<LayerSpec> layers = spec.layers;
  name_layers(layers);
  const std::string model_place = prefix(spec.where) + "model";
  Model model = at(model_place, [&] {
    if (layers.empty()) throw InputError("has no layers; add some, [[model.layer]]");
    return Model(spec.input, most_parameters);
  });
  Builder builder(layers, model);
  for (std::size_t i = 0; i < layers.size(); ++i)
    at(place(layers, i), [&] { builder.add(layers[i]); });
  if (!spec.latent.empty()) at(model_place, [&] { model.set_latent(spec.latent); });
  return model;
}

void check_fits(const ModelSpec& spec, const Model& model, const Shape& input,
                const Shape& target) {
  const std::string model_place = prefix(spec.where) + "model";
  const std::vector<Shape> shapes = at(model_place, [&] { return model.infer(input); });
  if (shapes.back() == target) return;
  std::vector<LayerSpec> layers = spec.layers;
  name_layers(layers);
  const std::string last = place(layers, layers.size() - 1);
  if (input == target) {
    throw InputError(
        "{}: the model ends in {}, and the data has {}; the last layer must give "
        "the shape of the input",
        last, to_string(shapes.back()), to_string(target));
  }
  throw InputError(
      "{}: the model makes {} of an input of {}, and its target is {}; the last layer must give "
      "the shape of the target",
      last, to_string(shapes.back()), to_string(input), to_string(target));
}

}  // namespace adjoint
