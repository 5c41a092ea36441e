#include "framework/losses/masked_loss.hpp"

#include <algorithm>
#include <cassert>

#include "framework/tensor/aligned_vector.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

MaskedLoss::MaskedLoss(std::unique_ptr<Loss> loss) : loss_(std::move(loss)) {
  if (loss_->elementwise()) return;
  throw InputError(
      "the loss {} compares whole images, and only some pixels count; expected a mean over single "
      "elements, such as mse",
      loss_->name());
}

Index MaskedLoss::scratch_size(const Shape& shard) const {
  // Prediction, target and gradient of the counted elements side by side, at most all of them.
  return 3 * aligned(shard.size()) + loss_->scratch_size(shard);
}

double MaskedLoss::evaluate(const LossPass& pass) const {
  if (!pass.mask) return loss_->evaluate(pass);
  const Index all = pass.prediction.size(), channels = pass.prediction.shape.back();
  const Index pixels = pass.mask.size(), most = aligned(all);
  Real* const prediction = pass.scratch.data;
  Real* const target = prediction + most;
  Real* const gradient = target + most;
  Index counted = 0;
  for (Index p = 0; p < pixels; ++p) {
    if (pass.mask[p] == 0) continue;
    std::copy_n(pass.prediction.data + p * channels, channels, prediction + counted);
    std::copy_n(pass.target.data + p * channels, channels, target + counted);
    counted += channels;
  }
  assert(all > 0 && counted > 0 && pass.count * counted % all == 0);

  LossPass part = pass;
  part.prediction = {prediction, {counted}};
  part.target = {target, {counted}};
  part.mask = {};
  if (pass.gradient) part.gradient = {gradient, {counted}};
  part.count = pass.count * counted / all;
  part.scratch = {gradient + most, {pass.scratch.size() - 3 * most}};
  const double loss = loss_->evaluate(part);
  if (!pass.gradient) return loss;

  std::ranges::fill(pass.gradient.flat(), Real{0});
  const Real* next = gradient;
  for (Index p = 0; p < pixels; ++p) {
    if (pass.mask[p] == 0) continue;
    std::copy_n(next, channels, pass.gradient.data + p * channels);
    next += channels;
  }
  return loss;
}

}  // namespace adjoint
