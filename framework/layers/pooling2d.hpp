#pragma once

#include "framework/conv/geometry.hpp"
#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Base of MaxPooling2D and AveragePooling2D: windows that walk over an image, channel by
/// channel, and are cut where they reach over its border.
///   in (N, H, W, C) -> out (N, h, w, C),  h = floor((H + pad - pool_size) / strides) + 1
class Pooling2D : public Layer {
 public:
  struct Settings {
    Extent2 pool_size{2, 2};
    /// Keras's default: pool_size.
    std::optional<Extent2> strides;
    PaddingRule padding;
    void keys(Keys& key);
  };
  explicit Pooling2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  /// Throws InputError if the window does not fit, or could miss the image.
  Shape output_shape(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    const PrepareRequest& request) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 protected:
  /// Writes the features of one image.
  virtual void pool(const ConvGeometry& g, const Real* image, Real* features) const = 0;
  /// Hands each window's gradient to its pixels. `add` adds, where windows may share pixels;
  /// without it every pixel of the image is in one window. `image` is null unless it is needed.
  virtual void unpool(const ConvGeometry& g, bool add, const Real* image, const Real* dy,
                      Real* dx) const = 0;

 private:
  ConvGeometry geometry(const LayerShapes& shapes) const;
  Settings settings_;
};

}  // namespace adjoint
