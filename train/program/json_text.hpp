#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace adjoint {

/// A document as every command prints it. JSON is UTF-8, names of files are any bytes: a byte that
/// is no part of a UTF-8 character is written as the character U+F000 + byte (U+F080 to U+F0FF, for
/// private use), as are the bytes of these characters themselves, so that names stay different
/// and a reader can put the bytes back.
std::string json_text(const nlohmann::ordered_json& document);

}  // namespace adjoint
