#include "inference/inspection/kernels/symmetric_pairs.hpp"

#include <algorithm>

namespace adjoint {

Index kernel_of(const Model& model, Index node) {
  for (Index parameter : model.nodes()[node].parameters) {
    if (model.parameters()[parameter].name.ends_with("/kernel")) return parameter;
  }
  return -1;
}

std::vector<SymmetricPair> symmetric_pairs(const Model& model) {
  std::vector<Index> convolutions, transposes;
  for (Index n = 1; n <= model.output(); ++n) {
    const std::string_view type = model.nodes()[n].layer->type();
    if (type == "Conv2D") convolutions.push_back(n);
    if (type == "Conv2DTranspose") transposes.push_back(n);
  }
  std::ranges::reverse(transposes);

  std::vector<SymmetricPair> pairs;
  std::erase_if(transposes, [&](Index transpose) {
    const auto owner = std::ranges::find_if(convolutions, [&](Index convolution) {
      return kernel_of(model, convolution) == kernel_of(model, transpose);
    });
    if (owner == convolutions.end()) return false;
    pairs.push_back({.convolution = *owner, .transpose = transpose, .tied = true});
    convolutions.erase(owner);
    return true;
  });
  for (std::size_t i = 0; i < std::min(convolutions.size(), transposes.size()); ++i) {
    if (transposes[i] < convolutions[i]) break;
    pairs.push_back({.convolution = convolutions[i], .transpose = transposes[i]});
  }
  std::ranges::sort(pairs, {}, &SymmetricPair::convolution);
  return pairs;
}

}  // namespace adjoint
