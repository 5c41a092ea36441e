#pragma once

#include <toml++/toml.h>

#include "framework/settings/config_value.hpp"

namespace adjoint {

/// A node of a TOML document as a value.
ConfigValue value_of(const toml::node& node);

}  // namespace adjoint
