#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Cuts rows and columns off an image: the transpose of ZeroPadding2D.
///   in (N, H, W, C) -> out (N, H - top - bottom, W - left - right, C)
/// Throws InputError if nothing is left.
class Cropping2D final : public Layer {
 public:
  struct Settings {
    Padding cropping;
    void keys(Keys& key);
  };
  explicit Cropping2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Cropping2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
