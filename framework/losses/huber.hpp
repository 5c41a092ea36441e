#pragma once

#include "framework/losses/loss.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// The mean of d^2 / 2 where |d| <= delta, and of delta (|d| - delta / 2) elsewhere, with
/// d = prediction - target: Keras's Huber loss. Source: Huber 1964, doi:10.1214/aoms/1177703732.
class Huber final : public Loss {
 public:
  struct Settings {
    using Product = Huber;
    static constexpr std::string_view kKind = "huber";
    double delta = 1;
    void keys(Keys& key);
  };
  explicit Huber(const Settings& settings) : settings_(settings) {}

  std::string_view name() const override { return Settings::kKind; }
  double evaluate(const LossPass& pass) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
