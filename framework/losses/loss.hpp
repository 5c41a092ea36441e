#pragma once

#include <string_view>

#include "framework/pointwise/activation.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// One shard's share in the loss of a batch.
struct LossPass {
  ConstView prediction;
  ConstView target;
  /// (N, height, width, 1), other than 0 where a pixel counts; no data: all do. See MaskedLoss.
  ConstView mask = {};
  /// With respect to the prediction, in memory of its own; no data: nobody asks for it.
  View gradient = {};
  /// Elements of the target over the whole batch.
  Index count = 0;
  /// Whether the prediction is that before the activation which the loss takes over.
  bool absorbed = false;
  /// As large as scratch_size() asked for, for a shard of at least this shape.
  View scratch = {};
};

/// A mean over all elements, or all images, of a batch. To add one, write its file and its
/// row in loss_settings.cpp.
class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view name() const = 0;

  /// True if the loss takes the values before this last activation, because it can then be computed
  /// without losing digits; the prediction then holds those.
  virtual bool absorbs(const Activation&) const { return false; }

  /// Whether it is a mean of one formula over single elements, whatever their neighbours are: a
  /// part of the elements then has a loss of its own.
  virtual bool elementwise() const { return false; }
  /// Whether evaluate() heeds the mask of its pass.
  virtual bool takes_mask() const { return false; }

  /// Elements of memory that evaluate() needs for a shard of this shape, (N, ...). Throws
  /// InputError if there is no such loss of images of this size.
  virtual Index scratch_size(const Shape& /*shard*/) const { return 0; }

  /// The shard's part of the batch's mean; overwrites the gradient.
  virtual double evaluate(const LossPass& pass) const = 0;
};

}  // namespace adjoint
