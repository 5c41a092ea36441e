#include "framework/graph/model.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

// An input of any size is tried with these: large, different, and divisible by every usual stride.
constexpr Index kExampleHeight = 512;
constexpr Index kExampleWidth = 768;

/// Describes the input that a model takes, for a message.
std::string taken(const Shape& input) {
  if (input.rank() != 3 || input[0] != 0 || input[1] != 0) return to_string(input);
  return fmt::format("images of any size with {} channel{}", input[2], input[2] == 1 ? "" : "s");
}

Shape with_extents(const Shape& shape, Index height, Index width) {
  Shape filled = shape;
  if (filled[0] == 0) filled[0] = height;
  if (filled.rank() == 3 && filled[1] == 0) filled[1] = width;
  return filled;
}

}  // namespace

Model::Model(const Shape& input, Index most_parameters)
    : input_(input), most_parameters_(most_parameters) {
  if (input.rank() < 1 || input.back() < 1) {
    throw InputError(
        "the model's input must be (height, width, channels) with at least 1 channel, got {}",
        to_string(input));
  }
  example_ = with_extents(input, kExampleHeight, kExampleWidth);
  example_shapes_ = {example_};
  nodes_.push_back({.name = std::string(kInputName)});
}

Index Model::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(nodes_, [&](const Node& node) { return node.name == name; });
  return found == nodes_.end() ? -1 : found - nodes_.begin();
}

Index Model::add(const NewNode& request) {
  const auto known = [this](const std::string& name, std::string_view key) {
    const Index found = find(name);
    if (found < 0) {
      throw InputError("{} names \"{}\", and no layer above has that name", key, name);
    }
    return found;
  };
  if (find(request.name) >= 0) {
    throw InputError("the name \"{}\" is taken by a layer above", request.name);
  }
  Node node{.name = request.name,
            .layer = request.layer,
            .activation = request.activation,
            .trainable = request.trainable,
            .activity_regularizer = request.activity_regularizer
                                        ? request.activity_regularizer
                                        : request.layer->activity_regularizer()};
  for (const std::string& name : request.inputs) node.inputs.push_back(known(name, "inputs"));
  if (node.inputs.empty()) node.inputs.push_back(output());
  if (!request.output_like.empty()) {
    node.output_like = known(request.output_like, "output_like");
    if (node.output_like == 0) throw InputError("output_like must name a layer, not the input");
  }
  if (!request.tied_to.empty()) node.tied_to = known(request.tied_to, "tied_to");
  if (!request.shared_with.empty()) node.shared_with = known(request.shared_with, "shared_with");

  nodes_.push_back(node);
  try {
    const Index position = output();
    const LayerShapes shapes = layer_shapes(position, example_shapes_);
    const Shape output = node.layer->output_shape(shapes);
    const std::vector<ParameterSpec> specs = node.layer->parameters(shapes);
    if (node.tied_to >= 0 && (specs.empty() || specs[0].name != "kernel")) {
      throw InputError("tied_to = \"{}\": {} has no kernel to share", request.tied_to,
                       node.layer->type());
    }
    if (input_ != example_) {
      // Parameters must not depend on a size that is free.
      const std::vector<Shape> other =
          infer(with_extents(input_, 2 * kExampleHeight, 2 * kExampleWidth));
      const std::vector<ParameterSpec> again =
          node.layer->parameters(layer_shapes(position, other));
      for (std::size_t i = 0; i < specs.size(); ++i) {
        if (!(specs[i].shape == again[i].shape)) {
          throw InputError(
              "{}'s {} depends on the image size, which the model leaves open; give the "
              "model's input a height and a width",
              node.layer->type(), specs[i].name);
        }
      }
    }
    if (node.shared_with >= 0) {
      check_shared(nodes_[node.shared_with], *node.layer, specs);
      nodes_.back().parameters = nodes_[node.shared_with].parameters;
      example_shapes_.push_back(output);
      return position;
    }
    for (const ParameterSpec& spec : specs) {
      if (node.tied_to >= 0 && spec.name == "kernel") {
        const Node& owner = nodes_[node.tied_to];
        if (owner.parameters.empty() ||
            !parameters_[owner.parameters[0]].name.ends_with("/kernel")) {
          throw InputError("tied_to names \"{}\", which has no kernel", owner.name);
        }
        const Parameter& kernel = parameters_[owner.parameters[0]];
        if (!(shape_of(kernel.value) == spec.shape)) {
          throw InputError("tied_to = \"{}\": that kernel is {}, this layer needs {}", owner.name,
                           to_string(shape_of(kernel.value)), to_string(spec.shape));
        }
        nodes_.back().parameters.push_back(owner.parameters[0]);
        continue;
      }
      check_fits(spec.initializer, spec.shape);
      if (spec.shape.size() > most_parameters_ - parameter_count()) {
        throw InputError("its {} is {}, more numbers than there are weights for", spec.name,
                         to_string(spec.shape));
      }
      nodes_.back().parameters.push_back(static_cast<Index>(parameters_.size()));
      parameters_.push_back({.name = node.name + "/" + spec.name,
                             .value = make_tensor(spec.shape, 0),
                             .trainable = spec.trainable && request.trainable,
                             .regularizer = spec.regularizer});
      initializers_.push_back(spec.initializer);
    }
    example_shapes_.push_back(output);
    return position;
  } catch (...) {
    nodes_.pop_back();
    throw;
  }
}

void Model::check_shared(const Node& owner, const Layer& layer,
                         const std::vector<ParameterSpec>& specs) const {
  if (!owner.layer || owner.layer->type() != layer.type()) {
    throw InputError("shared_with = \"{}\": that is {}, expected a {} as here", owner.name,
                     owner.layer ? "a " + std::string(owner.layer->type()) : "the input",
                     layer.type());
  }
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const Shape shared = shape_of(parameters_[owner.parameters[i]].value);
    if (!(shared == specs[i].shape)) {
      throw InputError("shared_with = \"{}\": its {} is {}, and this input needs {}", owner.name,
                       specs[i].name, to_string(shared), to_string(specs[i].shape));
    }
  }
}

void Model::set_latent(std::string_view name) {
  latent_ = find(name);
  if (latent_ < 0) throw InputError("latent names \"{}\", and no layer has that name", name);
}

void Model::initialize(std::uint64_t seed) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    adjoint::initialize(
        initializers_[i],
        {.seed = seed, .purpose = Purpose::initialize, .index = static_cast<std::uint32_t>(i)},
        view(parameters_[i].value));
  }
}

LayerShapes Model::layer_shapes(Index position, const std::vector<Shape>& shapes) const {
  const Node& node = nodes_[position];
  LayerShapes result;
  for (Index input : node.inputs) result.inputs.push_back(shapes[input]);
  if (node.output_like >= 0) result.output_like = shapes[nodes_[node.output_like].inputs[0]];
  return result;
}

std::vector<Shape> Model::infer(const Shape& input) const {
  bool fits = input.rank() == input_.rank() && input.back() == input_.back();
  for (int axis = 0; fits && axis < input.rank(); ++axis)
    fits = input_[axis] == 0 || input_[axis] == input[axis];
  if (!fits) {
    throw InputError("the model takes {}, got {} (height x width x channels)", taken(input_),
                     to_string(input));
  }
  std::vector<Shape> shapes{input};
  for (Index i = 1; i < static_cast<Index>(nodes_.size()); ++i) {
    try {
      shapes.push_back(nodes_[i].layer->output_shape(layer_shapes(i, shapes)));
    } catch (const InputError& error) {
      throw InputError("layer \"{}\": {}", nodes_[i].name, error.what());
    }
  }
  return shapes;
}

Index Model::parameter_count() const {
  Index count = 0;
  for (const Parameter& parameter : parameters_) count += shape_of(parameter.value).size();
  return count;
}

}  // namespace adjoint
