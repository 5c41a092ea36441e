#pragma once

// What a config may hold, found by visiting its keys: the ground of the reference page.

#include <functional>
#include <string>
#include <vector>

#include "framework/settings/keys.hpp"

namespace adjoint {

/// One key.
struct KeyEntry {
  std::string name;
  std::string expected;       // "an integer, at least 1"
  std::string default_value;  // as TOML; empty if there is none
  bool required = false;
  std::string doc;
};

struct TableEntry;

/// What appears, beside a table's usual keys, where one of its keys says so.
struct KeyVariant {
  std::string key;    // "kind"
  std::string value;  // of the key, as TOML; empty: any
  std::vector<KeyEntry> keys;
  std::vector<TableEntry> tables;
  std::vector<KeyVariant> variants;
};

/// One [table], or the elements of an [[array of tables]].
struct TableEntry {
  std::string path;  // "model.layer"; empty for the whole document
  std::string doc;
  bool array = false;
  std::vector<KeyEntry> keys;
  std::vector<TableEntry> tables;
  std::vector<KeyVariant> variants;
};

/// Everything that a config of type Settings may hold. Tries every value of the keys that take one
/// of a few names, and some value for those that may be left out, and notes which keys then appear.
template <class Settings>
TableEntry list_keys();

namespace detail {
/// `visit` has new settings visited from the top, each time.
TableEntry list_keys(const std::function<void(Keys&)>& visit);
}  // namespace detail

template <class Settings>
TableEntry list_keys() {
  return detail::list_keys([](Keys& keys) { Settings().keys(keys); });
}

}  // namespace adjoint
