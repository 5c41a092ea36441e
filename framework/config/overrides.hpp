#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

namespace adjoint {

/// Puts "key=value" texts into a parsed config. The new nodes name "--set key=value" as their
/// source. Throws InputError if a text is no key=value or names an element that is not there.
void apply_overrides(toml::table& config, const std::vector<std::string>& overrides);

}  // namespace adjoint
