#pragma once

// Lists everything that a config may hold by visiting its keys: the reference page prints it.

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
  std::vector<std::string> choices = {};  // the only values, where they are a few names
  bool operator==(const KeyEntry&) const = default;
};

struct TableEntry;

/// Keys and tables that a table holds only where one of its keys has a certain value.
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
