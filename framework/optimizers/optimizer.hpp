#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Turns gradients into steps. It holds settings only; what it remembers of a parameter lies in
/// tensors that the trainer keeps by the parameter's name. To add one, write its file and its row
/// in optimizer_settings.cpp.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// The rate of its settings, which a schedule may vary.
  virtual double learning_rate() const = 0;
  /// Names of the tensors it keeps for each parameter, each of the parameter's shape and zero at
  /// first.
  virtual std::vector<std::string> slots() const = 0;

  struct Step {
    Index number = 1;  // counted from 1
    double learning_rate = 0;
  };
  /// Updates one parameter in place.
  virtual void update(const Step& step, ConstView gradient, View parameter,
                      std::span<const View> slots) const = 0;
};

}  // namespace adjoint
