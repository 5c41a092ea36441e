#pragma once

#include <string>
#include <string_view>

#include "framework/settings/config_value.hpp"

namespace adjoint {

/// A value as TOML text on one line; a number as short as it reads back exactly.
std::string to_toml(const ConfigValue& value);
/// A key as TOML text, in quotes if it needs them.
std::string key_to_toml(std::string_view key);

/// A value and its type for messages: `"x" (a string)`, `[1, 2] (a list)`, `a table`.
std::string describe(const ConfigValue& value);

}  // namespace adjoint
