#pragma once

#include "framework/losses/loss.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

/// Every kind of loss: the rows are in loss_settings.cpp.
struct LossFamily {
  using Make = std::unique_ptr<Loss>();
  struct Traits {};
  static std::span<const Kind<LossFamily>> kinds();
};

/// One [[loss.term]].
struct LossTerm {
  Choice<LossFamily> kind = first_kind<LossFamily>();
  double weight = 1;
  void keys(Keys& key);
};

/// The [loss] table: one kind with its keys, or terms whose weighted sum is the loss.
struct LossSettings {
  Choice<LossFamily> kind = first_kind<LossFamily>();
  std::vector<LossTerm> terms;
  void keys(Keys& key);
};

std::unique_ptr<Loss> make_loss(const LossSettings& settings);
/// The loss of that kind, with its defaults. Throws InputError listing the kinds there are.
std::unique_ptr<Loss> make_loss(std::string_view kind);
std::vector<std::string> loss_names();

}  // namespace adjoint
