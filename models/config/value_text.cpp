#include "models/config/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

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

struct TypeName {
  std::string_view operator()(bool) const { return "a truth value"; }
  std::string_view operator()(Index) const { return "an integer"; }
  std::string_view operator()(double number) const {
    return std::isfinite(number) ? "a number" : "not a finite number";
  }
  std::string_view operator()(const std::string&) const { return "a string"; }
  std::string_view operator()(const ConfigList&) const { return "a list"; }
  std::string_view operator()(const ConfigTable&) const { return "a table"; }
  std::string_view operator()(const ConfigOther&) const { return "a date or time"; }
};

struct Toml {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(Index value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return quoted_text(value); }
  std::string operator()(const ConfigList& list) const {
    std::string text;
    for (const ConfigValue& element : list) text += (text.empty() ? "" : ", ") + to_toml(element);
    return "[" + text + "]";
  }
  std::string operator()(const ConfigTable& table) const {
    std::string text;
    for (const auto& [key, value] : table)
      text += (text.empty() ? " " : ", ") + key_to_toml(key) + " = " + to_toml(value);
    return text.empty() ? "{}" : "{" + text + " }";
  }
  std::string operator()(const ConfigOther& other) const { return other.text; }
};

/// At most about `limit` bytes, never ending inside a UTF-8 character.
std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return text.substr(0, limit) + "...";
}

}  // namespace

std::string to_toml(const ConfigValue& value) {
  return std::visit(Toml(), value.content);
}

std::string key_to_toml(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return bare ? std::string(key) : quoted_text(key);
}

std::string describe(const ConfigValue& value) {
  constexpr std::size_t kLongestValue = 60;
  if (value.as<ConfigTable>()) return "a table";
  return fmt::format("{} ({})", shortened(to_toml(value), kLongestValue),
                     std::visit(TypeName(), value.content));
}

}  // namespace adjoint
