#pragma once

#include "framework/losses/loss.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// mean((prediction - target)^2)
class MeanSquaredError final : public Loss {
 public:
  struct Settings {
    using Product = MeanSquaredError;
    static constexpr std::string_view kKind = "mse";
    void keys(Keys&) {}
  };
  explicit MeanSquaredError(const Settings& = {}) {}

  std::string_view name() const override { return Settings::kKind; }
  double evaluate(const LossPass& pass) const override;
};

}  // namespace adjoint
