#include "framework/graph/inference_model.hpp"

#include <algorithm>

#include "framework/layers/activation.hpp"

namespace adjoint {
namespace {

/// Walks a model in its order, and joins each node with the one before it where that may be done.
struct Joining {
  /// What becomes a node of the new model.
  struct Part {
    const Node* node = nullptr;  // the last of those that it stands for
    std::vector<Index> inputs;   // parts
    Index output_like = -1;      // part
    std::shared_ptr<const Layer> layer;
    Activation activation;
    std::vector<Tensor> parameters;
  };

  const Model& model;
  std::vector<Part> parts{{.node = &model.nodes()[0]}};
  std::vector<Index> part_of = std::vector<Index>(model.nodes().size());  // of each node
  std::vector<Index> readers = std::vector<Index>(model.nodes().size());
  std::vector<bool> stays = std::vector<bool>(model.nodes().size());

  explicit Joining(const Model& from) : model(from) {
    for (const Node& node : model.nodes()) {
      for (const Index input : node.inputs) ++readers[input];
      // output_like means the size of that node's input, and joined nodes have another one's.
      if (node.output_like >= 0) stays[node.output_like] = true;
    }
    for (Index i = 1; i <= model.output(); ++i) part_of[i] = take(i);
  }

  /// The part that stands for node i.
  Index take(Index i) {
    const Node& node = model.nodes()[i];
    const Index before = part_of[node.inputs[0]];
    // The output is the last part.
    const bool may_join = !stays[i] && (i < model.output() || (before > 0 && before == last()));
    const bool plain = node.activation == Activation{};
    if (may_join && plain && node.layer->acts_in_training_alone() && i != model.latent())
      return before;
    if (may_join && takes_over(i)) {
      if (const auto* layer = dynamic_cast<const ActivationLayer*>(node.layer.get());
          layer && plain) {
        parts[before].activation = layer->activation();
        parts[before].node = &node;
        return before;
      }
      if (fold(node, parts[before])) return before;
    }
    Part part{.node = &node,
              .output_like = node.output_like < 0 ? -1 : part_of[node.output_like],
              .layer = node.layer,
              .activation = node.activation};
    for (const Index input : node.inputs) part.inputs.push_back(part_of[input]);
    for (const ConstView& parameter : parameters_of(node))
      part.parameters.push_back(copy_of(parameter));
    parts.push_back(std::move(part));
    return last();
  }

  /// True if node i alone reads what its input's layer computes, and that is not activated.
  bool takes_over(Index i) const {
    const Index input = model.nodes()[i].inputs[0];
    const Part& before = parts[part_of[input]];
    return input > 0 && readers[input] == 1 && input != model.latent() &&
           before.node == &model.nodes()[input] && before.activation == Activation{};
  }

  /// Folds a node into the part before it, if both can.
  bool fold(const Node& node, Part& before) const {
    const std::optional<ChannelMap> map = node.layer->channel_map(parameters_of(node));
    if (!map) return false;
    std::vector<ConstView> parameters;
    for (const Tensor& parameter : before.parameters) parameters.push_back(view(parameter));
    std::optional<FoldedLayer> folded = before.layer->followed_by(*map, parameters);
    if (!folded) return false;
    before.node = &node;
    before.layer = std::move(folded->layer);
    before.parameters = std::move(folded->parameters);
    before.activation = node.activation;
    return true;
  }

  std::vector<ConstView> parameters_of(const Node& node) const {
    std::vector<ConstView> views;
    for (const Index p : node.parameters) views.push_back(view(model.parameters()[p].value));
    return views;
  }
  Index last() const { return static_cast<Index>(parts.size()) - 1; }
};

}  // namespace

Model inference_model(const Model& model) {
  const Joining joining(model);
  Model result(model.input_shape());
  for (std::size_t i = 1; i < joining.parts.size(); ++i) {
    const Joining::Part& part = joining.parts[i];
    const auto name = [&](Index of) { return joining.parts[of].node->name; };
    Model::NewNode node{
        .name = part.node->name, .layer = part.layer, .activation = part.activation};
    for (const Index input : part.inputs) node.inputs.push_back(name(input));
    if (part.output_like >= 0) node.output_like = name(part.output_like);
    const Index position = result.add(node);
    const std::vector<Index>& parameters = result.nodes()[position].parameters;
    for (std::size_t p = 0; p < parameters.size(); ++p)
      result.parameters()[parameters[p]].value = part.parameters[p];
  }
  if (model.latent() >= 0)
    result.set_latent(joining.parts[joining.part_of[model.latent()]].node->name);
  return result;
}

}  // namespace adjoint
