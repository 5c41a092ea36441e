#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// scale * x + offset with fixed numbers: images from 0 ... 255 to 0 ... 1, say.
class Rescaling final : public Layer {
 public:
  struct Settings {
    double scale = 1;
    double offset = 0;
    void keys(Keys& key);
  };
  explicit Rescaling(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Rescaling"; }
  bool runs_in_place(std::size_t) const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
