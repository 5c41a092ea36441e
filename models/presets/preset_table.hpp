#pragma once

// Models that a config may name instead of listing their layers.

#include <vector>

#include "framework/settings/registry.hpp"
#include "framework/tensor/shape.hpp"

namespace adjoint {

struct LayerSpec;

/// Every preset that [model] may name. To add one, write its settings and its layers in a file
/// beside this one, and its row in preset_table.cpp.
struct PresetFamily {
  /// The layers for inputs of this shape (height, width, channels), 0 for any height or width.
  using Make = std::vector<LayerSpec>(const Shape& input);
  struct Traits {
    /// Whether the input may be of any height and width.
    bool any_size = true;
    /// How many times as high and wide as its input the output is, where that is not 1.
    Index (*enlarges)(const std::any& settings) = nullptr;
  };
  static std::span<const Kind<PresetFamily>> kinds();
};

/// The layer of every preset whose output is the latent code.
inline constexpr const char* kPresetCode = "code";

}  // namespace adjoint
