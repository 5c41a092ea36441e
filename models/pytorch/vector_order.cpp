#include "models/pytorch/vector_order.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace adjoint {
namespace {

/// Layers that treat every number of a vector alike, or have a parameter for each.
constexpr std::array<std::string_view, 14> kKeepTheOrder{"Activation",
                                                         "Dropout",
                                                         "GaussianNoise",
                                                         "Rescaling",
                                                         "ActivityRegularization",
                                                         "Add",
                                                         "Subtract",
                                                         "Multiply",
                                                         "Average",
                                                         "Maximum",
                                                         "PReLU",
                                                         "BatchNormalization",
                                                         "LayerNormalization",
                                                         "Sampling"};

/// Vectors that must have one order, as sets of nodes.
class VectorSets {
 public:
  VectorSets(const Model& model, const std::vector<Shape>& shapes)
      : model_(model), shapes_(shapes), sets_(model.nodes().size()) {
    for (std::size_t i = 0; i < sets_.size(); ++i) sets_[i].parent = static_cast<Index>(i);
    keep(0);
    keep(model.output());
    for (Index node = 1; node <= model.output(); ++node) add(node);
    join_shared();
  }

  std::optional<Shape> order(Index node) {
    if (!is_vector(node)) return {};
    const Set& set = sets_[root(node)];
    if (set.keeps || set.image.empty() || is_flat(set.image)) return {};
    return set.image;
  }

 private:
  struct Set {
    Index parent = 0;
    bool keeps = false;  // our order
    Shape image;         // that a vector of the set comes from or becomes
  };

  bool is_vector(Index node) const { return shapes_[node].rank() == 1; }

  std::size_t root(Index node) {
    while (sets_[node].parent != node) node = sets_[node].parent;
    return static_cast<std::size_t>(node);
  }
  void keep(Index node) { sets_[root(node)].keeps = true; }
  void want(Index node, const Shape& image) {
    Set& set = sets_[root(node)];
    if (!set.image.empty() && !(set.image == image)) set.keeps = true;
    set.image = image;
  }
  void join(Index one, Index other) {
    const std::size_t a = root(one), b = root(other);
    if (a == b) return;
    sets_[b].parent = static_cast<Index>(a);
    if (sets_[b].keeps) sets_[a].keeps = true;
    if (!sets_[b].image.empty()) want(static_cast<Index>(a), sets_[b].image);
  }

  void add(Index position) {
    const Node& node = model_.nodes()[position];
    const std::string_view type = node.layer->type();
    if (type == "Dense") return;
    const Shape& output = shapes_[position];
    for (Index input : node.inputs) {
      const bool from = is_vector(input), to = output.rank() == 1;
      if (type == "Flatten" || type == "Reshape") {
        if (from && to)
          join(position, input);
        else if (from)
          output.rank() == 3 ? want(input, output) : keep(input);
        else if (to)
          shapes_[input].rank() == 3 ? want(position, shapes_[input]) : keep(position);
      } else if (from && to && std::ranges::count(kKeepTheOrder, type) > 0) {
        join(position, input);
      } else {
        if (from) keep(input);
        if (to) keep(position);
      }
    }
  }

  /// A layer that is called twice has one order of its weights.
  void join_shared() {
    std::map<Index, Index> first;  // node of a parameter
    for (Index i = 1; i <= model_.output(); ++i) {
      const Node& node = model_.nodes()[i];
      if (node.parameters.empty()) continue;
      const auto [found, is_new] = first.try_emplace(node.parameters.front(), i);
      if (is_new) continue;
      const Node& other = model_.nodes()[found->second];
      if (is_vector(i) && is_vector(found->second)) join(i, found->second);
      if (is_vector(node.inputs[0]) && is_vector(other.inputs[0]))
        join(node.inputs[0], other.inputs[0]);
    }
  }

  const Model& model_;
  const std::vector<Shape>& shapes_;
  std::vector<Set> sets_;
};

}  // namespace

std::vector<std::optional<Shape>> vector_orders(const Model& model,
                                                const std::vector<Shape>& shapes) {
  VectorSets sets(model, shapes);
  std::vector<std::optional<Shape>> orders;
  for (Index node = 0; node <= model.output(); ++node) orders.push_back(sets.order(node));
  return orders;
}

}  // namespace adjoint
