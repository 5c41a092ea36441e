#pragma once

#include <string>
#include <vector>

#include "inference/inspection/inspection.hpp"

namespace adjoint {

/// One measure of a pair over the epochs that were looked at, before training first.
struct PairHistory {
  std::string name;
  double by_chance = 0;
  std::vector<double> values;
};
/// Empty where no epochs were looked at.
std::vector<PairHistory> pair_histories(const PairReport& pair);
/// The epochs of the values, 0 before training.
std::vector<Index> history_epochs(const PairReport& pair);

}  // namespace adjoint
