#include "models/config/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "framework/settings/near_miss.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/toml_value.hpp"
#include "models/config/value_text.hpp"

namespace adjoint {
namespace {

/// Keys of a parsed table, with `where` as the source of its nodes; nothing if it is not TOML.
std::optional<toml::table> parse_value(const std::string& text, const std::string& where) {
  try {
    toml::table parsed = toml::parse("value = " + text, where);
    if (parsed.size() == 1) return parsed;
  } catch (const toml::parse_error&) {
    // not TOML
  }
  return {};
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts;
  std::size_t dot = 0;
  do {
    dot = key.find('.');
    parts.emplace_back(key.substr(0, dot));
    if (dot != std::string_view::npos) key.remove_prefix(dot + 1);
  } while (dot != std::string_view::npos);
  return parts;
}

/// The element of an array that a part of a dotted key names, by `name` or by position from 1.
toml::node& find_element(toml::array& list, const std::string& part, const std::string& path,
                         const std::string& where) {
  std::vector<std::string> names;
  for (toml::node& element : list) {
    const toml::table* table = element.as_table();
    const toml::value<std::string>* name = table ? table->get_as<std::string>("name") : nullptr;
    if (!name) continue;
    if (name->get() == part) return element;
    names.push_back(name->get());
  }
  std::size_t position = 0;
  const auto [rest, error] = std::from_chars(part.data(), part.data() + part.size(), position);
  const bool is_number = error == std::errc() && rest == part.data() + part.size();
  if (is_number && position >= 1 && position <= list.size()) return list[position - 1];
  std::string hint = did_you_mean(part, names);
  if (is_number)
    hint = "; elements count from 1";
  else if (hint.empty() && !names.empty())
    hint = "; there are " + quoted_list(names);
  throw InputError("{}: {} has {} element{} and none that is called \"{}\"{}", where, path,
                   list.size(), list.size() == 1 ? "" : "s", part, hint);
}

}  // namespace

void apply_override(toml::table& config, const std::string& text) {
  const std::string where = "--set " + text;
  const auto equals = text.find('=');
  const std::vector<std::string> parts = split_key(std::string_view(text).substr(0, equals));
  const bool has_empty_part = std::find(parts.begin(), parts.end(), "") != parts.end();
  if (equals == std::string::npos || has_empty_part)
    throw InputError("{}: expected key=value, such as training.epochs=2", where);

  toml::node* node = &config;
  std::string path;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string parent = path;
    path += (path.empty() ? "" : ".") + parts[i];
    if (toml::array* list = node->as_array()) {
      node = &find_element(*list, parts[i], parent, where);
    } else {
      toml::table& table = *node->as_table();
      if (!table.contains(parts[i]))
        table.insert(parts[i], std::move(*parse_value("{}", where)->get("value")->as_table()));
      node = table.get(parts[i]);
    }
    if (!node->is_table() && !node->is_array())
      throw InputError("{}: {} is not a table but {}", where, path, describe(value_of(*node)));
  }
  toml::table* table = node->as_table();
  if (!table) throw InputError("{}: name a key of one of {}'s elements", where, path);

  std::string value_text = text.substr(equals + 1);
  std::optional<toml::table> parsed = parse_value(value_text, where);
  if (!parsed) {
    parsed = parse_value("''", where);
    parsed->get("value")->ref<std::string>() = std::move(value_text);
  }
  parsed->get("value")->visit(
      [&](auto& value) { table->insert_or_assign(parts.back(), std::move(value)); });
}

}  // namespace adjoint
