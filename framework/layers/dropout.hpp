#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// While training, sets a share `rate` of the values to 0 and scales the others by 1 / (1 - rate);
/// otherwise the identity. The mask is a function of the random key, so that the backward pass
/// draws it again. Source: Srivastava et al., JMLR 15 (2014).
class Dropout : public Layer {
 public:
  struct Settings {
    double rate = 0.5;
    void keys(Keys& key);
  };
  explicit Dropout(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Dropout"; }
  bool runs_in_place(std::size_t) const override { return true; }
  bool acts_in_training_alone() const override { return true; }
  void forward(const ForwardPass& pass) const final;
  void backward(const BackwardPass& pass) const final;

 private:
  /// Drops parts of one sample.
  virtual void mask(Random& random, ConstView from, View to) const;
  void mask_all(const RandomKey& first_sample, ConstView from, View to) const;
  Settings settings_;
};

/// Dropout of whole channels of each image.
///   in (N, H, W, C) -> out (N, H, W, C)
/// Source: Tompson et al., arXiv:1411.4280; as Keras's layer of that name.
class SpatialDropout2D final : public Dropout {
 public:
  explicit SpatialDropout2D(const Settings& settings) : Dropout(settings) {}

  std::string_view type() const override { return "SpatialDropout2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;

 private:
  void mask(Random& random, ConstView from, View to) const override;
};

}  // namespace adjoint
