#pragma once

#include <memory>

#include "framework/losses/loss.hpp"

namespace adjoint {

/// An elementwise loss of those pixels alone that the mask of a pass counts, all their channels:
/// the mean over them, and a gradient of 0 elsewhere. Without a mask it is the loss itself. Every
/// sample of a batch must have as many pixels that count, at least one: then the shards' parts add
/// up to the mean over the counted pixels of the batch, as they do for whole images.
class MaskedLoss final : public Loss {
 public:
  /// Throws InputError if the loss is not elementwise.
  explicit MaskedLoss(std::unique_ptr<Loss> loss);

  std::string_view name() const override { return loss_->name(); }
  bool absorbs(const Activation& last) const override { return loss_->absorbs(last); }
  bool elementwise() const override { return true; }
  bool takes_mask() const override { return true; }
  Index scratch_size(const Shape& shard) const override;
  double evaluate(const LossPass& pass) const override;

 private:
  std::unique_ptr<Loss> loss_;
};

}  // namespace adjoint
