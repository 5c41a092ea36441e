#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/settings/keys.hpp"

namespace adjoint {

/// Whether the settings are all that a config may hold, or others may stand beside them at the top.
enum class ConfigScope { all, part };

/// Reads `settings` from a TOML file, strictly: an unknown key, a wrong type or a value out of
/// range is an InputError with file, line, key, what was expected, and for a near miss what was
/// probably meant. `overrides` are "key=value" texts that replace what the file says: dotted keys,
/// elements of an array by `name` or by position from 1 ("model.layer.enc1.filters=8"), and TOML
/// values or, failing that, plain text. Where one of them decides which keys there are
/// ("loss.kind=mse"), what the file says of the others is left out.
template <class Settings>
void read_config(const std::string& path, const std::vector<std::string>& overrides,
                 Settings& settings);
/// Reads settings from text; `name` stands for the file in messages.
template <class Settings>
void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides, Settings& settings,
                  ConfigScope scope = ConfigScope::all);
/// Every key with its present value, as TOML text that reads back to the same settings.
template <class Settings>
std::string write_config(const Settings& settings);

namespace detail {
void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides, ConfigScope scope,
                  const std::function<void(Keys&)>& visit_keys,
                  const std::function<void(Keys&)>& visit_keys_of_copy);
std::string read_text_file(const std::string& path);
std::string write_config(const std::function<void(Keys&)>& visit_keys);
}  // namespace detail

template <class Settings>
void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides, Settings& settings,
                  ConfigScope scope) {
  Settings copy = settings;  // to see which keys there are without the overrides
  detail::parse_config(
      text, name, overrides, scope, [&](Keys& keys) { settings.keys(keys); },
      [&](Keys& keys) { copy.keys(keys); });
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
