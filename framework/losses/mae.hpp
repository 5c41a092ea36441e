#pragma once

#include "framework/losses/loss.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// mean(|prediction - target|). The gradient is 0 where the two are equal.
class MeanAbsoluteError final : public Loss {
 public:
  struct Settings {
    using Product = MeanAbsoluteError;
    static constexpr std::string_view kKind = "mae";
    void keys(Keys&) {}
  };
  explicit MeanAbsoluteError(const Settings& = {}) {}

  std::string_view name() const override { return Settings::kKind; }
  double evaluate(const LossPass& pass) const override;
};

}  // namespace adjoint
