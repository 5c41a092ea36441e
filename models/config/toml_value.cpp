#include "models/config/toml_value.hpp"

#include <sstream>

namespace adjoint {

ConfigValue value_of(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get();
  if (const auto* value = node.as_integer()) return Index{value->get()};
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* elements = node.as_array()) {
    ConfigList list;
    for (const toml::node& element : *elements) list.push_back(value_of(element));
    return list;
  }
  if (const auto* entries = node.as_table()) {
    ConfigTable table;
    for (auto&& [key, value] : *entries) table.emplace_back(key.str(), value_of(value));
    return table;
  }
  std::ostringstream text;  // a date or a time
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) text << value;
  });
  return ConfigOther{text.str()};
}

}  // namespace adjoint
