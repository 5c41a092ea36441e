#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Dropout of whole channels: while training, sets a share `rate` of each image's channels to 0 and
/// scales the others by 1 / (1 - rate); otherwise the identity.
///   in (N, H, W, C) -> out (N, H, W, C)
/// Source: Tompson et al., arXiv:1411.4280; as Keras's layer of that name.
class SpatialDropout2D final : public Layer {
 public:
  struct Settings {
    double rate = 0.5;
    void keys(Keys& key);
  };
  explicit SpatialDropout2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "SpatialDropout2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  bool runs_in_place() const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  void mask(const RandomKey& first_sample, ConstView from, View to) const;
  Settings settings_;
};

}  // namespace adjoint
