#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace adjoint {

/// The reference page of the config, as Markdown: every key, its type, default and meaning, from
/// the lists that read a config.
std::string config_reference();

/// The tables of the reference as JSON.
nlohmann::ordered_json config_reference_json();

}  // namespace adjoint
