#pragma once

#include <toml++/toml.h>

#include <string>

namespace adjoint {

/// Puts a "key=value" text into a parsed config. The new nodes name "--set key=value" as their
/// source. Throws InputError if the text is no key=value or names an element that is not there.
void apply_override(toml::table& config, const std::string& text);

}  // namespace adjoint
