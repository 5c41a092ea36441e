#pragma once

// Values that a config gives as { key = value, ... } on one line. A value type keeps its keys in
// keys(Keys&), as tables do, and its ConfigType reads and writes them with these.

#include <functional>

#include "framework/settings/keys.hpp"

namespace adjoint {

namespace detail {
bool read_inline_table(const ConfigValue& from, const std::function<void(Keys&)>& visit_keys);
ConfigTable write_inline_table(const std::function<void(Keys&)>& visit_keys);
}  // namespace detail

/// Reads the keys of `value` from an inline table. False if that is none, a key of it is
/// unknown, a required one is missing, or a value is not what its key expects.
template <class T>
bool read_inline_table(const ConfigValue& from, T& value) {
  return detail::read_inline_table(from, [&](Keys& keys) { value.keys(keys); });
}

/// Every key of `value`.
template <class T>
ConfigTable write_inline_table(const T& value) {
  T copy = value;  // keys() visits references
  return detail::write_inline_table([&](Keys& keys) { copy.keys(keys); });
}

}  // namespace adjoint
