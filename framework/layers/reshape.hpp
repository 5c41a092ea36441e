#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// The same numbers under another shape, in the same order.
class Reshape : public Layer {
 public:
  struct Settings {
    /// Shape of one sample; one extent may be -1 and is then worked out.
    Shape target_shape;
    void keys(Keys& key);
  };
  explicit Reshape(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Reshape"; }
  /// Throws InputError if the element counts differ.
  Shape output_shape(const LayerShapes& shapes) const override;
  bool runs_in_place(std::size_t) const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes&) const override { return {.all = true}; }

 private:
  Settings settings_;
};

/// in (N, ...) -> out (N, product of the rest), row-major as in Keras.
class Flatten final : public Reshape {
 public:
  Flatten() : Reshape({.target_shape = {-1}}) {}
  std::string_view type() const override { return "Flatten"; }
};

}  // namespace adjoint
