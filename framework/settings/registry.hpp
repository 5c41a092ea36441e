#pragma once

// The register of everything that comes in kinds: losses, optimizers, layers, sources of data, ...
// A family is a struct that says what its kinds make and where their table is:
//
//     struct LossFamily {
//       using Make = std::unique_ptr<Loss>();  // may take arguments
//       struct Traits {};                      // what else is known of a kind
//       static std::span<const Kind<LossFamily>> kinds();
//     };
//
// The table is one array with one row for each kind. Configs, the reference page and the tests that
// demand completeness read the rows: a new kind is its own file, one row and its test.

#include <algorithm>
#include <any>
#include <cassert>
#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/settings/keys.hpp"

namespace adjoint {

/// The settings of a kind that has none.
struct NoSettings {
  void keys(Keys&) {}
};

/// A row: its settings are kept as std::any, settings() gives the defaults, keys() visits them, and
/// make() makes the kind from them.
template <class Family, class Make = typename Family::Make>
struct Kind;
template <class Family, class Made, class... Arguments>
struct Kind<Family, Made(Arguments...)> {
  std::string_view name;  // as a config gives it
  std::string_view doc;   // one sentence, without its capital and its period
  typename Family::Traits traits;
  std::any (*settings)();
  void (*keys)(std::any& settings, Keys& key);
  Made (*make)(const std::any& settings, Arguments... arguments);

  /// The row of a kind with these settings; `Make` is a function object without state.
  template <class Settings, class Make>
  static constexpr Kind of(std::string_view name, std::string_view doc, Make /*make*/,
                           const typename Family::Traits& traits = {}) {
    return {name,
            doc,
            traits,
            [] { return std::any(Settings{}); },
            [](std::any& settings, Keys& key) { std::any_cast<Settings&>(settings).keys(key); },
            [](const std::any& settings, Arguments... arguments) -> Made {
              return Make()(std::any_cast<const Settings&>(settings),
                            std::forward<Arguments>(arguments)...);
            }};
  }
  /// The row of a kind that is a class: Type(Settings), or Type() if it has none.
  template <class Type, class Settings>
  static constexpr Kind of_class(std::string_view name, std::string_view doc,
                                 const typename Family::Traits& traits = {}) {
    const auto make = [](const Settings& settings) -> Made {
      if constexpr (std::is_constructible_v<Type, const Settings&>)
        return std::make_unique<Type>(settings);
      else
        return std::make_unique<Type>();
    };
    return of<Settings>(name, doc, make, traits);
  }
};

/// The kind of that name, or null.
template <class Family>
const Kind<Family>* find_kind(std::string_view name) {
  const auto kinds = Family::kinds();
  const auto kind = std::ranges::find(kinds, name, &Kind<Family>::name);
  return kind == kinds.end() ? nullptr : &*kind;
}

/// The names of all kinds, in the order of the table.
template <class Family>
std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind<Family>& kind : Family::kinds()) names.emplace_back(kind.name);
  return names;
}

/// A kind and its settings.
template <class Family>
class Choice {
 public:
  /// None yet.
  Choice() = default;
  /// A kind with its defaults.
  explicit Choice(const Kind<Family>& kind) : kind_(&kind), settings_(kind.settings()) {}
  /// The kind to which these settings belong.
  template <class Settings>
  requires(!std::same_as<Settings, Choice> && !std::same_as<Settings, Kind<Family>>)
      Choice(Settings settings)
      : settings_(std::move(settings)) {
    for (const Kind<Family>& kind : Family::kinds())
      if (kind.settings().type() == settings_.type()) kind_ = &kind;
    assert(kind_);
  }

  explicit operator bool() const { return kind_; }
  const Kind<Family>& kind() const { return *kind_; }
  /// "" if there is none.
  std::string_view name() const { return kind_ ? kind_->name : ""; }
  std::any& settings() { return settings_; }
  const std::any& settings() const { return settings_; }
  /// The settings if they are of this type, else null.
  template <class Settings>
  const Settings* as() const {
    return std::any_cast<Settings>(&settings_);
  }
  template <class Settings>
  Settings* as() {
    return std::any_cast<Settings>(&settings_);
  }

  template <class... Arguments>
  auto make(Arguments&&... arguments) const {
    return kind_->make(settings_, std::forward<Arguments>(arguments)...);
  }

  /// Visits the key that names the kind. Another kind than before begins with its defaults.
  void name_key(Keys& key, std::string_view name, std::string_view doc, bool required = false) {
    std::string chosen(this->name());
    const Check<std::string> known = one_of(kind_names<Family>());
    if (required)
      key.required(name, chosen, doc, known);
    else
      key(name, chosen, doc, known);
    if (chosen != this->name()) *this = Choice(*find_kind<Family>(chosen));
  }
  /// Visits the key that names the kind, where it may be left out: then there is none.
  void optional_name_key(Keys& key, std::string_view name, std::string_view doc) {
    std::optional<std::string> chosen;
    if (kind_) chosen = std::string(this->name());
    key(name, chosen, doc, one_of(kind_names<Family>()));
    if (chosen && *chosen != this->name()) *this = Choice(*find_kind<Family>(*chosen));
  }
  /// Visits the keys of the chosen kind.
  void setting_keys(Keys& key) {
    if (kind_) kind_->keys(settings_, key);
  }
  /// Visits `kind` and the keys of the kind that it chose.
  void keys(Keys& key, std::string_view doc, bool required = false) {
    name_key(key, "kind", doc, required);
    setting_keys(key);
  }

 private:
  const Kind<Family>* kind_ = nullptr;
  std::any settings_;
};

/// The first kind of the table, for a key that may be left out.
template <class Family>
Choice<Family> first_kind() {
  return Choice<Family>(Family::kinds().front());
}

}  // namespace adjoint
