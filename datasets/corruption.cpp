#include "datasets/corruption.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

void gaussian(const CorruptionSpec& spec, Random& random, View sample) {
  const Real sigma =
      random.uniform(static_cast<float>(spec.sigma.low), static_cast<float>(spec.sigma.high));
  for (Real& x : sample.flat()) x += sigma * random.normal();
}

/// Every kind of corruption: to add one, write its function and name it here.
struct Kind {
  const char* name;
  void (*apply)(const CorruptionSpec&, Random&, View sample);
};
constexpr Kind kKinds[] = {{"gaussian", gaussian}};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) names.emplace_back(kind.name);
  return names;
}

const Kind& kind_of(const CorruptionSpec& spec) {
  for (const Kind& kind : kKinds) {
    if (spec.kind == kind.name) return kind;
  }
  throw InputError("there is no corruption of kind '{}'; known: {}", spec.kind,
                   fmt::join(kind_names(), ", "));
}

}  // namespace

void CorruptionSpec::keys(Keys& key) {
  const Check<NumberRange> sigma_check{
      [](const NumberRange& range) { return range.low >= 0 && range.low <= range.high; },
      "at least 0, the lower end first"};
  key.required("kind", kind, "what is done to the image", one_of(kind_names()));
  key("sigma", sigma, "standard deviation of the noise, where images range from 0 to 1",
      sigma_check);
  key("clip", clip, "whether the result is clipped to [0, 1]");
}

void corrupt(const std::vector<CorruptionSpec>& corruptions, std::uint64_t seed,
             std::uint32_t epoch, Index index, View sample) {
  std::uint16_t position = 0;
  for (const CorruptionSpec& spec : corruptions) {
    Random random({.seed = seed,
                   .purpose = Purpose::corruption,
                   .salt = position++,
                   .epoch = epoch,
                   .index = static_cast<std::uint32_t>(index)});
    kind_of(spec).apply(spec, random, sample);
    if (!spec.clip) continue;
    for (Real& x : sample.flat()) x = std::clamp(x, Real{0}, Real{1});
  }
}

}  // namespace adjoint
