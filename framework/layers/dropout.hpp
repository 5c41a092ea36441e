#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// While training, sets a share `rate` of the values to 0 and scales the others by 1 / (1 - rate);
/// otherwise the identity. The mask is a function of the random key, so that the backward pass
/// draws it again. Source: Srivastava et al., JMLR 15 (2014).
class Dropout final : public Layer {
 public:
  struct Settings {
    double rate = 0.5;
    void keys(Keys& key);
  };
  explicit Dropout(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Dropout"; }
  Shape output_shape(const LayerShapes& shapes) const override { return only(shapes); }
  bool runs_in_place() const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  void mask(const RandomKey& first_sample, ConstView from, View to) const;
  Settings settings_;
};

}  // namespace adjoint
