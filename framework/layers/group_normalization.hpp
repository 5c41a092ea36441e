#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Normalizes groups of neighbouring channels of each sample to mean 0 and deviation 1, then scales
/// and shifts each channel. Does not depend on the batch, nor on training.
///   in (N, ..., C) -> out (N, ..., C)
/// gamma, beta (C). groups = -1: each channel for itself (instance normalization); groups = 1: all
/// together. Throws InputError if the groups do not divide the channels.
/// Source: Wu & He, arXiv:1803.08494; as Keras's layer of that name.
class GroupNormalization final : public Layer {
 public:
  struct Settings {
    Index groups = 32;
    double epsilon = 1e-3;
    bool center = true;
    bool scale = true;
    void keys(Keys& key);
  };
  explicit GroupNormalization(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "GroupNormalization"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    const PrepareRequest& request) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes&) const override { return {.all = true}; }

 private:
  Index group_count(Index channels) const;
  std::size_t beta_index() const { return settings_.scale ? 1 : 0; }
  Settings settings_;
};

}  // namespace adjoint
