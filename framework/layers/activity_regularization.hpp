#pragma once

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// The identity, whose output adds l1 * sum |y| + l2 * sum y^2, divided by the batch size, to the
/// loss: a sparse code. As Keras's layer of that name.
class ActivityRegularization final : public Layer {
 public:
  struct Settings {
    double l1 = 0;
    double l2 = 0;
    void keys(Keys& key);
  };
  explicit ActivityRegularization(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  std::string_view type() const override { return "ActivityRegularization"; }
  Regularizer activity_regularizer() const override { return {settings_.l1, settings_.l2}; }
  bool runs_in_place(std::size_t) const override { return true; }
  bool acts_in_training_alone() const override { return true; }
  void forward(const ForwardPass& pass) const override;
  void backward(const BackwardPass& pass) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
