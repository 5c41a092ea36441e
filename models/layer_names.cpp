#include "models/layer_names.hpp"

#include <fmt/format.h>

#include <cctype>

#include "framework/graph/model.hpp"

namespace adjoint {

std::string snake_case(std::string_view type) {
  const auto is_lower = [&](std::size_t i) {
    return i < type.size() && std::islower(static_cast<unsigned char>(type[i]));
  };
  std::string snake;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const auto c = static_cast<unsigned char>(type[i]);
    if (std::isupper(c) && i > 0 && (is_lower(i - 1) || is_lower(i + 1))) snake += '_';
    snake += static_cast<char>(std::tolower(c));
  }
  return snake;
}

std::string LayerNames::add(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-') c = '_';
  if (name.empty()) name = "layer";
  std::string free = name;
  for (int& i = next_[name]; free == Model::kInputName || !taken_.insert(free).second;)
    free = fmt::format("{}_{}", name, ++i);
  return free;
}

}  // namespace adjoint
