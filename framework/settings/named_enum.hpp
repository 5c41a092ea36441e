#pragma once

#include <algorithm>
#include <concepts>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace adjoint {

/// An enum that configs name: its enumerators are 0, 1, ..., and
///
///     constexpr std::array<std::string_view, 2> config_names(Shape) { return {"circle", "box"}; }
///
/// beside it gives what each is called.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) {
  config_names(value).size();
};

template <NamedEnum E>
constexpr std::string_view name_of(E value) {
  return config_names(value)[static_cast<std::size_t>(value)];
}

template <NamedEnum E>
std::vector<std::string> names_of() {
  const auto names = config_names(E{});
  return {names.begin(), names.end()};
}

template <NamedEnum E>
std::optional<E> named(std::string_view name) {
  const auto names = config_names(E{});
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return {};
  return static_cast<E>(found - names.begin());
}

}  // namespace adjoint
