#pragma once

#include <span>

namespace adjoint {

/// Where a training stands when it takes a step: all that a learning rate may depend on.
struct TrainingTime {
  double epoch = 0;   // epochs that are over, with the share of the one under way
  double step = 0;    // what one step adds to that
  double epochs = 1;  // how many are planned
  /// Loss of each epoch that is over: of the validation images, else of the training images.
  std::span<const double> losses = {};
};

}  // namespace adjoint
