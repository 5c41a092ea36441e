#pragma once

// Which layer types a config may name. To add one, add a line to the table in layer_table.cpp.

#include <any>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/layers/layer.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// A layer type, with its settings kept as std::any: settings() gives the defaults, keys() visits
/// them, make() builds the layer from them.
struct LayerType {
  std::string_view name;
  enum class Inputs { one, two, many } inputs;
  std::any (*settings)();
  void (*keys)(std::any& settings, Keys& key);
  std::shared_ptr<const Layer> (*make)(const std::any& settings);
};

std::span<const LayerType> layer_types();
/// The type of that name, or null.
const LayerType* find_layer_type(std::string_view name);
std::vector<std::string> layer_type_names();

}  // namespace adjoint
