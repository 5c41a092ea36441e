#pragma once

// JSON that came with a file: the texts in which Keras and others describe a model.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace adjoint::keras {

using Json = nlohmann::json;

/// Parses a text; `what` is it for messages: "model.h5: attribute 'model_config'". Throws
/// InputError if it is no JSON object, or nested deeper than any model is.
Json parse_json(std::string_view text, const std::string& what);

/// The text of a key; "" where there is none, or `object` is no object.
std::string text_of(const Json& object, const char* key);

}  // namespace adjoint::keras
