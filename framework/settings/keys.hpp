#pragma once

// How settings meet configs. A settings struct names its keys once, in a member function:
//
//     struct SgdSettings {
//       double learning_rate = 0.01;
//       void keys(Keys& key) { key("learning_rate", learning_rate, "step size", at_least(0.0)); }
//     };
//
// and that one list reads a config strictly, writes the resolved config and the reference page: see
// models/config. A new type of values needs the three members of ConfigType; a mistake that the
// keys alone cannot see is for Keys::reject().

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "framework/settings/check.hpp"
#include "framework/settings/config_type.hpp"
#include "framework/settings/named_enum.hpp"

namespace adjoint {

/// Visits the keys of a settings struct, one call a key, in the order in which they should be
/// written.
class Keys {
 public:
  virtual ~Keys() = default;

  /// An optional key: `value` holds the default and receives what the config says.
  template <class T>
  requires(!NamedEnum<T>) void operator()(std::string_view name, T& value, std::string_view doc,
                                          const Check<std::type_identity_t<T>>& check = {}) {
    visit(make_field(name, value, doc, check, false));
  }
  /// The same for an enum: a text, one of the names of its enumerators.
  template <NamedEnum E>
  void operator()(std::string_view name, E& value, std::string_view doc) {
    const Check<std::string> known = one_of(names_of<E>());
    visit({name, doc, std::string(ConfigType<std::string>::name) + ", " + known.expected, false,
           known.choices,
           [&value, known](const ConfigValue& from, std::string& suggestion) {
             const auto* text = from.as<std::string>();
             const std::optional<E> read = text ? named<E>(*text) : std::nullopt;
             if (read) value = *read;
             if (text && !read) suggestion = known.suggest(*text);
             return read.has_value();
           },
           [&value] { return ConfigValue(std::string(name_of(value))); }});
  }
  /// A key that must be given. Its absence is reported once the whole table has been visited, so
  /// that a misspelled key can be named; until then `value` keeps what it held.
  template <class T>
  void required(std::string_view name, T& value, std::string_view doc,
                const Check<std::type_identity_t<T>>& check = {}) {
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
  /// Where the table that is being read stands ("file:line"; the file alone if the table is not in
  /// it), for messages of later checks. Left alone by visitors that read nothing.
  virtual void location(std::string& /*where*/) {}
  /// Where a key of the table being read is given, for keys that exclude each other. Visitors that
  /// read nothing know of none.
  enum class Given { nowhere, in_file, by_override };
  virtual Given given(std::string_view /*name*/) const { return Given::nowhere; }
  /// Reports a mistake at a key of the table being read (what the keys' checks cannot see alone).
  /// Only readers throw; other visitors ignore it.
  virtual void reject(std::string_view /*name*/, const std::string& /*message*/) {}

 protected:
  struct Field {
    std::string_view name;
    std::string_view doc;
    std::string expected;  // "an integer", "an integer, at least 1"
    bool required;
    std::vector<std::string> choices;  // the only values, where they are a few names
    // Takes the value, or returns false; then `suggestion` may say what was meant.
    std::function<bool(const ConfigValue&, std::string& suggestion)> read;
    // The present value; nothing for an absent optional.
    std::function<std::optional<ConfigValue>()> write;
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
            check.choices,
            [&value, check](const ConfigValue& from, std::string& suggestion) {
              T read{};
              if (!ConfigType<T>::read(from, read)) return false;
              if (check.holds && !check.holds(read)) {
                if (check.suggest) suggestion = check.suggest(read);
                return false;
              }
              value = std::move(read);
              return true;
            },
            [&value] { return ConfigType<T>::write(value); }};
  }
};

}  // namespace adjoint
