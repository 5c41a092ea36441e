#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Inputs side by side along one axis; the other extents agree.
class Concatenate final : public Layer {
 public:
  struct Settings {
    /// Counted with the batch as axis 0, as in Keras; -1 is the last.
    Index axis = -1;
    void keys(Keys& key);
  };
  explicit Concatenate(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "Concatenate"; }
  /// Throws InputError if the shapes do not agree or there is no such axis.
  Shape output_shape(const LayerShapes& shapes) const override;
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;
  LayerWindow window(const LayerShapes& shapes) const override;

 private:
  /// Elements that one input contributes in one go: everything from the axis on.
  Index run_length(const Shape& batch_shape) const;
  Settings settings_;
};

}  // namespace adjoint
