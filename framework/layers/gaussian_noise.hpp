#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// While training, adds normal noise of deviation `stddev`; otherwise the identity. As Keras's
/// layer of that name.
class GaussianNoiseLayer final : public Layer {
 public:
  struct Settings {
    double stddev = 0.1;
    void keys(Keys& key);
  };
  explicit GaussianNoiseLayer(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "GaussianNoise"; }
  bool runs_in_place(std::size_t) const override { return true; }
  bool acts_in_training_alone() const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
