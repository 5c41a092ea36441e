#pragma once

// A table with a `kind` and that kind's own keys, held as a std::variant of their settings. Each
// alternative has `static constexpr std::string_view kKind` and keys(Keys&); the variant's first
// is the default.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "framework/settings/keys.hpp"

namespace adjoint {

template <class... Kinds>
std::string_view kind_of(const std::variant<Kinds...>& settings) {
  return std::visit([](const auto& kind) { return kind.kKind; }, settings);
}

namespace detail {
template <class... Kinds>
std::vector<std::string> kind_names(const std::variant<Kinds...>&) {
  return {std::string(Kinds::kKind)...};
}
template <class... Kinds>
bool set_kind(std::variant<Kinds...>& settings, std::string_view name) {
  return ((name == Kinds::kKind ? (settings = Kinds{}, true) : false) || ...);
}
}  // namespace detail

/// The names of all kinds, in their order.
template <class Settings>
std::vector<std::string> kind_names() {
  return detail::kind_names(Settings{});
}

/// Takes the kind of that name, with its defaults; false if there is none.
template <class Settings>
bool set_kind(Settings& settings, std::string_view name) {
  return detail::set_kind(settings, name);
}

/// Visits `kind` and then the keys of the kind that it chose.
template <class Settings>
void kind_keys(Keys& key, Settings& settings, std::string_view doc) {
  std::string name(kind_of(settings));
  key("kind", name, doc, one_of(kind_names<Settings>()));
  if (name != kind_of(settings)) set_kind(settings, name);
  std::visit([&](auto& kind) { kind.keys(key); }, settings);
}

/// What the settings describe: an object of the type that they name as `Product`.
template <class Base, class... Kinds>
std::unique_ptr<Base> make_product(const std::variant<Kinds...>& settings) {
  return std::visit(
      []<class Kind>(const Kind& kind) -> std::unique_ptr<Base> {
        return std::make_unique<typename Kind::Product>(kind);
      },
      settings);
}

}  // namespace adjoint
