#pragma once

// How settings meet TOML. A settings struct names its keys once, in a member function:
//
//     struct SgdSettings {
//       double learning_rate = 0.01;
//       void keys(Keys& key) { key("learning_rate", learning_rate, "step size", at_least(0.0)); }
//     };
//
// and that one list reads a config strictly (ConfigReader), writes the resolved config
// (ConfigWriter) and can write the reference page. A new value type needs the three functions of
// ConfigType.

#include <fmt/format.h>
#include <toml++/toml.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/conv/geometry.hpp"

namespace adjoint {

/// Conversion of one value type: `name` says what a user should write ("an integer"), read()
/// returns false if the node is something else, write() inserts the value under `key`.
template <class T>
struct ConfigType;

/// A number, or a range [low, high] from which one is drawn for each sample.
struct NumberRange {
  double low = 0;
  double high = 0;
  bool operator==(const NumberRange&) const = default;
};

/// A condition on a value and how to say it ("at least 1").
template <class T>
struct Check {
  std::function<bool(const T&)> holds;
  std::string expected;
};
template <class T>
Check<T> at_least(T low);
template <class T>
Check<T> between(T low, T high);
/// For text: one of a few names. A near miss gets a suggestion.
Check<std::string> one_of(std::vector<std::string> names);

/// Visits the keys of a settings struct, one call a key, in the order in which they should be
/// written.
class Keys {
 public:
  virtual ~Keys() = default;

  /// An optional key: `value` holds the default and receives what the config says.
  template <class T>
  void operator()(std::string_view name, T& value, std::string_view doc,
                  const Check<T>& check = {}) {
    visit(make_field(name, value, doc, check, false));
  }
  /// A key that must be given.
  template <class T>
  void required(std::string_view name, T& value, std::string_view doc, const Check<T>& check = {}) {
    visit(make_field(name, value, doc, check, true));
  }
  /// A [table] whose struct has keys(Keys&).
  template <class Settings>
  void table(std::string_view name, Settings& settings, std::string_view doc) {
    visit_table(name, doc, [&](Keys& keys) { settings.keys(keys); });
  }
  /// An [[array of tables]] whose element struct has keys(Keys&).
  template <class Settings>
  void tables(std::string_view name, std::vector<Settings>& list, std::string_view doc) {
    visit_tables(
        name, doc, list.size(), [&](std::size_t count) { list.resize(count); },
        [&](std::size_t i, Keys& keys) { list[i].keys(keys); });
  }
  /// Where the table that is being read stands ("file:line"), for messages of later checks. Left
  /// alone by visitors that read nothing.
  virtual void location(std::string& /*where*/) {}
  /// Reports a mistake at a key of the table being read (what the keys' checks cannot see alone).
  /// Only readers throw; other visitors ignore it.
  virtual void reject(std::string_view /*name*/, const std::string& /*message*/) {}

 protected:
  struct Field {
    std::string_view name;
    std::string_view doc;
    std::string expected;  // "an integer", "an integer, at least 1"
    bool required;
    // Takes the node's value; returns "" or why it is not accepted.
    std::function<std::string(const toml::node&)> read;
    // Writes the present value into a table; does nothing for an absent optional.
    std::function<void(toml::table&)> write;
  };
  virtual void visit(const Field& field) = 0;
  virtual void visit_table(std::string_view name, std::string_view doc,
                           const std::function<void(Keys&)>& visit_keys) = 0;
  virtual void visit_tables(std::string_view name, std::string_view doc, std::size_t count,
                            const std::function<void(std::size_t)>& resize,
                            const std::function<void(std::size_t, Keys&)>& visit_keys) = 0;

 private:
  template <class T>
  static Field make_field(std::string_view name, T& value, std::string_view doc,
                          const Check<T>& check, bool required) {
    std::string expected{ConfigType<T>::name};
    if (!check.expected.empty()) expected += ", " + check.expected;
    return {name,
            doc,
            expected,
            required,
            [&value, check](const toml::node& node) -> std::string {
              T read{};
              if (!ConfigType<T>::read(node, read)) return "has the wrong type";
              if (check.holds && !check.holds(read)) return "is out of range";
              value = std::move(read);
              return "";
            },
            [&value, name](toml::table& table) { ConfigType<T>::write(table, name, value); }};
  }
};

template <class T>
Check<T> at_least(T low) {
  return {[low](const T& value) { return value >= low; }, fmt::format("at least {}", low)};
}
template <class T>
Check<T> between(T low, T high) {
  return {[low, high](const T& value) { return value >= low && value <= high; },
          fmt::format("between {} and {}", low, high)};
}

// The value types that a config may hold. Definitions in config_types.cpp.
#define ADJOINT_CONFIG_TYPE(Type, words)                                      \
  template <>                                                                 \
  struct ConfigType<Type> {                                                   \
    static constexpr std::string_view name = words;                           \
    static bool read(const toml::node& node, Type& value);                    \
    static void write(toml::table& table, std::string_view key, const Type&); \
  }
ADJOINT_CONFIG_TYPE(bool, "true or false");
ADJOINT_CONFIG_TYPE(Index, "an integer");
ADJOINT_CONFIG_TYPE(double, "a number");
ADJOINT_CONFIG_TYPE(std::string, "a text in quotes");
ADJOINT_CONFIG_TYPE(std::vector<std::string>, "a list of texts");
ADJOINT_CONFIG_TYPE(Shape, "a list of integers");
ADJOINT_CONFIG_TYPE(NumberRange, "a number or a range [low, high]");
ADJOINT_CONFIG_TYPE(Extent2, "an integer or [height, width]");
ADJOINT_CONFIG_TYPE(PaddingRule,
                    "\"same\", \"valid\", an integer or [[top, bottom], [left, right]]");
#undef ADJOINT_CONFIG_TYPE

/// A key that may be left out: unset stays unset.
template <class T>
struct ConfigType<std::optional<T>> {
  static constexpr std::string_view name = ConfigType<T>::name;
  static bool read(const toml::node& node, std::optional<T>& value) {
    return ConfigType<T>::read(node, value.emplace());
  }
  static void write(toml::table& table, std::string_view key, const std::optional<T>& value) {
    if (value) ConfigType<T>::write(table, key, *value);
  }
};

/// Reads `settings` from a TOML file, strictly: an unknown key, a wrong type or a value out of
/// range is an InputError with file, line, key, what was expected, and for a near miss what was
/// probably meant. `overrides` are "key=value" texts (dotted keys, TOML values) that replace what
/// the file says.
template <class Settings>
void read_config(const std::string& path, const std::vector<std::string>& overrides,
                 Settings& settings);
/// The same from text; `name` stands for the file in messages.
template <class Settings>
void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides, Settings& settings);
/// Every key with its present value, as TOML text that reads back to the same settings.
template <class Settings>
std::string write_config(const Settings& settings);

namespace detail {
void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides,
                  const std::function<void(Keys&)>& visit_keys);
std::string read_text_file(const std::string& path);
std::string write_config(const std::function<void(Keys&)>& visit_keys);
}  // namespace detail

template <class Settings>
void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides, Settings& settings) {
  detail::parse_config(text, name, overrides, [&](Keys& keys) { settings.keys(keys); });
}
template <class Settings>
void read_config(const std::string& path, const std::vector<std::string>& overrides,
                 Settings& settings) {
  parse_config(detail::read_text_file(path), path, overrides, settings);
}
template <class Settings>
std::string write_config(const Settings& settings) {
  Settings copy = settings;  // keys() visits references; writing changes nothing
  return detail::write_config([&](Keys& keys) { copy.keys(keys); });
}

}  // namespace adjoint
