#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace adjoint {

/// The reference page of the commands, as Markdown: what each does, its options and an example,
/// from the commands' rows.
std::string command_reference();

/// The same as JSON.
nlohmann::ordered_json command_reference_json();

}  // namespace adjoint
