#pragma once

// Folding what scales and shifts channels, such as BatchNormalization, into the layer before it:
// for models that only run, see framework/graph/inference_model.hpp.

#include <memory>
#include <span>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// y = scale * x + shift, for each channel.
struct ChannelMap {
  std::vector<double> scale, shift;
};

class Layer;

/// A layer that another was folded into, and its parameters.
struct FoldedLayer {
  std::shared_ptr<const Layer> layer;
  std::vector<Tensor> parameters;
};

/// Folds a map of its output's channels into a layer's parameters. The kernel is at that position,
/// and its element i adds to channel channel_of(i) alone; those before it stay as they are. The
/// bias is behind it and may be missing; the result has one.
template <class ChannelOf>
std::vector<Tensor> fold_channels(const ChannelMap& map, std::span<const ConstView> parameters,
                                  std::size_t kernel, ChannelOf channel_of) {
  std::vector<Tensor> folded;
  for (const ConstView& parameter : parameters.first(kernel + 1))
    folded.push_back(copy_of(parameter));
  Real* const weights = folded[kernel].data();
  for (Index i = 0; i < parameters[kernel].size(); ++i) {
    const auto channel = static_cast<std::size_t>(channel_of(i));
    weights[i] = static_cast<Real>(weights[i] * map.scale[channel]);
  }
  const ConstView bias = kernel + 1 < parameters.size() ? parameters[kernel + 1] : ConstView();
  Tensor shift = make_tensor({static_cast<Index>(map.shift.size())});
  for (std::size_t c = 0; c < map.shift.size(); ++c) {
    const double before = bias ? bias[static_cast<Index>(c)] : 0;
    shift.data()[c] = static_cast<Real>(before * map.scale[c] + map.shift[c]);
  }
  folded.push_back(std::move(shift));
  return folded;
}

}  // namespace adjoint
