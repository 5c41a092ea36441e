#include "datasets/corruption.hpp"

#include <algorithm>

namespace adjoint {
namespace {

/// Calls visit(Kind{}) for every kind, with its default settings.
template <class Visit, class... Kinds>
void for_each_kind(std::variant<Kinds...>* /*list*/, const Visit& visit) {
  (visit(Kinds{}), ...);
}
template <class Visit>
void for_each_kind(const Visit& visit) {
  for_each_kind(static_cast<Corruption*>(nullptr), visit);
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for_each_kind([&](const auto& kind) { names.emplace_back(kind.kKind); });
  return names;
}

}  // namespace

std::string CorruptionSpec::kind() const {
  return std::visit([](const auto& kind) { return std::string(kind.kKind); }, settings);
}

void CorruptionSpec::keys(Keys& key) {
  std::string name = kind();
  key.required("kind", name, "kind of corruption", one_of(kind_names()));
  if (name != kind()) {
    for_each_kind([&](const auto& other) {
      if (name == other.kKind) settings = other;
    });
  }
  std::visit([&](auto& chosen) { chosen.keys(key); }, settings);
  key("clip", clip, "whether the result is clipped to [0, 1]");
}

Tensor corrupted(const std::vector<CorruptionSpec>& corruptions, std::uint64_t seed,
                 std::uint32_t epoch, Index index, ConstView clean) {
  Tensor sample = copy_of(clean);
  std::uint16_t position = 0;
  for (const CorruptionSpec& spec : corruptions) {
    Random random({.seed = seed,
                   .purpose = Purpose::corruption,
                   .salt = position++,
                   .epoch = epoch,
                   .index = static_cast<std::uint32_t>(index)});
    std::visit([&](const auto& kind) { kind.apply(random, sample); }, spec.settings);
    if (!spec.clip) continue;
    for (Real& x : view(sample).flat()) x = std::clamp(x, Real{0}, Real{1});
  }
  return sample;
}

Shape corrupted_shape(const std::vector<CorruptionSpec>& corruptions, Shape clean) {
  for (const CorruptionSpec& spec : corruptions) {
    std::visit(
        [&](const auto& kind) {
          if constexpr (requires { kind.output_shape(clean); }) clean = kind.output_shape(clean);
        },
        spec.settings);
  }
  return clean;
}

}  // namespace adjoint
