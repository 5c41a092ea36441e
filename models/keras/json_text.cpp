#include "models/keras/json_text.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint::keras {
namespace {

// Models in models in models: each level takes about five levels of JSON.
constexpr int kDeepest = 200;

}  // namespace

Json parse_json(std::string_view text, const std::string& what) {
  const auto check_depth = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDeepest) {
      throw InputError("{} is nested deeper than {} levels; expected the description of a model",
                       what, kDeepest);
    }
    return true;
  };
  try {
    Json json = Json::parse(text, check_depth);
    if (!json.is_object()) throw InputError("{} is no JSON object", what);
    return json;
  } catch (const Json::exception& error) {
    throw InputError("{} is no JSON: {}; the file is damaged, take another copy of it", what,
                     error.what());
  }
}

std::string text_of(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace adjoint::keras
