#pragma once

#include <array>

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// How new pixels are made of old ones.
enum class NewPixels { nearest, bilinear, bicubic };
constexpr std::array<std::string_view, 3> config_names(NewPixels) {
  return {"nearest", "bilinear", "bicubic"};
}

/// Enlarges an image by whole factors.
///   in (N, h, w, C) -> out (N, h*size, w*size, C)
/// "nearest" repeats pixels; "bilinear" and "bicubic" interpolate between pixel centres, as
/// tf.image.resize does (half-pixel centres) and so Keras; see interpolation.hpp for the border.
class UpSampling2D final : public Layer {
 public:
  struct Settings {
    Extent2 size{2, 2};
    NewPixels interpolation = NewPixels::nearest;
    void keys(Keys& key);
  };
  explicit UpSampling2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "UpSampling2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    const PrepareRequest& request) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
