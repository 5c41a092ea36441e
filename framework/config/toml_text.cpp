#include "framework/config/toml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>

namespace adjoint {
namespace {

std::string number_text(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  const auto e = text.find('e');
  if (e == std::string::npos) return text.find('.') == std::string::npos ? text + ".0" : text;
  // 1e-05 and 1e+20 are 1e-5 and 1e20.
  const bool negative = text[e + 1] == '-';
  const auto digits = text.find_first_not_of("+-0", e + 1);
  return text.substr(0, e + 1) + (negative ? "-" : "") + text.substr(digits);
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (c == '\n')
      quoted += "\\n";
    else if (c == '\t')
      quoted += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      quoted += fmt::format("\\u{:04X}", static_cast<int>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return std::isfinite(node.as_floating_point()->get()) ? "a number" : "not a finite number";
    case toml::node_type::boolean:
      return "a truth value";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

/// At most about `limit` bytes, never ending inside a UTF-8 character.
std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit) + "...";
}

}  // namespace

std::string to_toml(const toml::node& node) {
  if (const auto* text = node.as_string()) return quoted_text(text->get());
  if (const auto* number = node.as_floating_point()) return number_text(number->get());
  std::string text;
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& element : *list) text += (text.empty() ? "" : ", ") + to_toml(element);
    return "[" + text + "]";
  }
  if (const toml::table* table = node.as_table()) {
    for (auto&& [key, value] : *table)
      text += (text.empty() ? " " : ", ") + key_to_toml(key.str()) + " = " + to_toml(value);
    return text.empty() ? "{}" : "{" + text + " }";
  }
  std::ostringstream stream;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>) stream << value;
  });
  return stream.str();
}

std::string key_to_toml(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return bare ? std::string(key) : quoted_text(key);
}

std::string describe(const toml::node& node) {
  constexpr std::size_t kLongestValue = 60;
  if (node.is_table()) return "a table";
  return fmt::format("{} ({})", shortened(to_toml(node), kLongestValue), type_name(node));
}

}  // namespace adjoint
