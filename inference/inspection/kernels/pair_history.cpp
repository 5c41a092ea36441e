#include "inference/inspection/kernels/pair_history.hpp"

namespace adjoint {

std::vector<PairHistory> pair_histories(const PairReport& pair) {
  std::vector<PairHistory> histories;
  if (pair.epochs.empty()) return histories;
  const auto add = [&](const std::string& name, double chance, auto value) {
    PairHistory history{.name = name, .by_chance = chance, .values = {value(pair.before)}};
    for (const PairReport::Epoch& then : pair.epochs)
      history.values.push_back(value(then.measures));
    histories.push_back(std::move(history));
  };
  if (pair.after.kernels) {
    add("cosine", 0, [](const PairMeasures& m) { return m.kernels->cosine; });
    add("best matching", pair.chance.matched,
        [](const PairMeasures& m) { return summarize(m.kernels->matched).mean; });
    add("best rotation", pair.chance.rotated,
        [](const PairMeasures& m) { return m.kernels->rotated; });
    add("subspaces", pair.chance.subspaces,
        [](const PairMeasures& m) { return summarize(m.kernels->subspaces.cosines).mean; });
    add("frequency responses", pair.chance.frequency_cosine,
        [](const PairMeasures& m) { return m.kernels->frequency_cosine; });
  }
  if (pair.after.from_identity) {
    add("distance from identity", *pair.from_identity_by_chance,
        [](const PairMeasures& m) { return *m.from_identity; });
  }
  return histories;
}

std::vector<Index> history_epochs(const PairReport& pair) {
  std::vector<Index> epochs{0};
  for (const PairReport::Epoch& then : pair.epochs) epochs.push_back(then.epoch);
  return epochs;
}

}  // namespace adjoint
