#pragma once

// Losses that are the mean of one formula over all elements. To add one, write its formula in
// elementwise.cpp and its row in loss_settings.cpp.

#include "framework/losses/loss.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

/// mean((prediction - target)^2)
class MeanSquaredError final : public Loss {
 public:
  std::string_view name() const override { return "mse"; }
  bool elementwise() const override { return true; }
  double evaluate(const LossPass& pass) const override;
};

/// mean(|prediction - target|). The gradient is 0 where the two are equal.
class MeanAbsoluteError final : public Loss {
 public:
  std::string_view name() const override { return "mae"; }
  bool elementwise() const override { return true; }
  double evaluate(const LossPass& pass) const override;
};

/// The mean of d^2 / 2 where |d| <= delta, and of delta (|d| - delta / 2) elsewhere, with
/// d = prediction - target: Keras's Huber loss. Source: Huber 1964, doi:10.1214/aoms/1177703732.
class Huber final : public Loss {
 public:
  struct Settings {
    double delta = 1;
    void keys(Keys& key);
  };
  explicit Huber(const Settings& settings) : settings_(settings) {}

  std::string_view name() const override { return "huber"; }
  bool elementwise() const override { return true; }
  double evaluate(const LossPass& pass) const override;

 private:
  Settings settings_;
};

/// mean(sqrt((prediction - target)^2 + epsilon^2)): the mean absolute error with its kink rounded.
/// Source: Charbonnier et al. 1994, doi:10.1109/ICIP.1994.413553.
class Charbonnier final : public Loss {
 public:
  struct Settings {
    double epsilon = 1e-3;
    void keys(Keys& key);
  };
  explicit Charbonnier(const Settings& settings) : settings_(settings) {}

  std::string_view name() const override { return "charbonnier"; }
  bool elementwise() const override { return true; }
  double evaluate(const LossPass& pass) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
