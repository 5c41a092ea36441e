#pragma once

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/charbonnier.hpp"
#include "framework/losses/huber.hpp"
#include "framework/losses/mae.hpp"
#include "framework/losses/ms_ssim.hpp"
#include "framework/losses/mse.hpp"
#include "framework/losses/ssim.hpp"
#include "framework/settings/kinds.hpp"

namespace adjoint {

/// Every kind of loss.
using LossKind = std::variant<MeanSquaredError::Settings, MeanAbsoluteError::Settings,
                              Huber::Settings, Charbonnier::Settings, BinaryCrossentropy::Settings,
                              Ssim::Settings, MsSsim::Settings>;

/// One [[loss.term]].
struct LossTerm {
  LossKind kind;
  double weight = 1;
  void keys(Keys& key);
};

/// The [loss] table: one kind with its keys, or terms whose weighted sum is the loss.
struct LossSettings {
  LossKind kind;
  std::vector<LossTerm> terms;
  void keys(Keys& key);
};

std::unique_ptr<Loss> make_loss(const LossSettings& settings);
/// The loss of that kind, with its defaults. Throws InputError listing the kinds there are.
std::unique_ptr<Loss> make_loss(std::string_view kind);
std::vector<std::string> loss_names();

}  // namespace adjoint
