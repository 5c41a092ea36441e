#pragma once

#include "framework/losses/loss.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// mean(sqrt((prediction - target)^2 + epsilon^2)): the mean absolute error with its kink rounded.
/// Source: Charbonnier et al. 1994, doi:10.1109/ICIP.1994.413553.
class Charbonnier final : public Loss {
 public:
  struct Settings {
    using Product = Charbonnier;
    static constexpr std::string_view kKind = "charbonnier";
    double epsilon = 1e-3;
    void keys(Keys& key);
  };
  explicit Charbonnier(const Settings& settings) : settings_(settings) {}

  std::string_view name() const override { return Settings::kKind; }
  double evaluate(const LossPass& pass) const override;

 private:
  Settings settings_;
};

}  // namespace adjoint
