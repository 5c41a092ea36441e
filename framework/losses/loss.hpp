#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/pointwise/activation.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A mean over all elements of a batch. To add one, write its file and add a line to loss.cpp.
class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view name() const = 0;

  /// True if the loss takes the values before this last activation, because it can then be computed
  /// without losing digits; prediction below then holds those.
  virtual bool absorbs(const Activation&) const { return false; }

  /// Adds up the elements of one shard and divides by `count`, the elements of the whole batch.
  /// Writes the gradient with respect to `prediction` unless `gradient` has no data; the two may be
  /// the same memory.
  virtual double evaluate(ConstView prediction, ConstView target, View gradient, Index count,
                          bool absorbed) const = 0;
};

/// The loss of that name. Throws InputError listing the names there are.
std::unique_ptr<Loss> make_loss(std::string_view name);
std::vector<std::string> loss_names();

}  // namespace adjoint
