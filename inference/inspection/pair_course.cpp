#include "inference/inspection/pair_course.hpp"

namespace adjoint {

std::vector<PairCourse> pair_courses(const PairReport& pair) {
  std::vector<PairCourse> courses;
  if (pair.epochs.empty()) return courses;
  const auto add = [&](const std::string& name, double chance, auto value) {
    PairCourse course{.name = name, .by_chance = chance, .values = {value(pair.before)}};
    for (const PairReport::Epoch& then : pair.epochs) course.values.push_back(value(then.measures));
    courses.push_back(std::move(course));
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
  return courses;
}

std::vector<Index> course_epochs(const PairReport& pair) {
  std::vector<Index> epochs{0};
  for (const PairReport::Epoch& then : pair.epochs) epochs.push_back(then.epoch);
  return epochs;
}

}  // namespace adjoint
