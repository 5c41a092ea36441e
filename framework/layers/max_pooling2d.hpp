#pragma once

#include "framework/config/keys.hpp"
#include "framework/conv/geometry.hpp"
#include "framework/layers/layer.hpp"

namespace adjoint {

/// The largest value of each window and channel; padding never wins.
///   in (N, H, W, C) -> out (N, h, w, C),  h = floor((H + pad - pool_size) / strides) + 1
/// The gradient goes to the first of equal maxima, in row-major order, as in TensorFlow.
/// Throws InputError if the window does not fit.
class MaxPooling2D final : public Layer {
 public:
  struct Settings {
    Extent2 pool_size{2, 2};
    /// Keras's default: pool_size.
    std::optional<Extent2> strides;
    PaddingRule padding;
    void keys(Keys& key);
  };
  explicit MaxPooling2D(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "MaxPooling2D"; }
  Shape output_shape(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    const PrepareRequest& request) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  Window window() const override;

 private:
  ConvGeometry geometry(const LayerShapes& shapes) const;
  Settings settings_;
};

}  // namespace adjoint
