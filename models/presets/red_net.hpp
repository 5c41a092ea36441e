#pragma once

#include "models/presets/preset_layers.hpp"

namespace adjoint {

/// Convolutions at full size and their transposes in reverse order, with added skips and a residual
/// at the end: RED-Net (Mao et al. 2016, arXiv:1603.09056).
struct RedNetPreset {
  Index width = 32;
  Index depth = 5;
  Index kernel = 3;
  Index skip = 2;

  void keys(Keys& key) {
    width_key(key, width, "filters of every layer; the paper has 64");
    depth_key(key, depth, "number of convolutions, and of their transposes", 1, 64);
    kernel_key(key, kernel);
    key("skip", skip, "convolutions from one skip to the next", at_least<Index>(1));
  }

  std::vector<LayerSpec> layers(const Shape& input) const {
    std::vector<LayerSpec> list;
    const auto encoder = [&](Index i) {
      return i == depth ? std::string(kPresetCode) : fmt::format("enc{}", i);
    };
    for (Index i = 1; i <= depth; ++i)
      list.push_back(preset_conv(encoder(i), {.filters = width, .kernel = kernel}));
    for (Index i = depth; i > 1; --i) {
      const std::string name = fmt::format("dec{}", i);
      const bool joins = (i - 1) % skip == 0;
      list.push_back(preset_transpose(
          name, {.filters = width, .kernel = kernel, .activation = joins ? "linear" : "relu"}));
      if (joins)
        list.push_back(
            preset_merge(fmt::format("skip{}", i - 1), "Add", {name, encoder(i - 1)}, "relu"));
    }
    list.push_back(
        preset_transpose("dec1", {.filters = input[2], .kernel = kernel, .activation = "linear"}));
    list.push_back(preset_merge("output", "Add", {"input", "dec1"}));
    return list;
  }
};

}  // namespace adjoint
