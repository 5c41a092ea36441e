#pragma once

#include <string>

namespace adjoint {

/// The reference page of the config, as Markdown: every key, its type, default and meaning, from
/// the lists that read a config.
std::string config_reference();

}  // namespace adjoint
