#pragma once

#include "models/presets/preset_layers.hpp"

namespace adjoint {

/// Strided convolutions to a code that is a small image of a few channels, and the transposes of
/// the same convolutions back.
struct AutoencoderPreset {
  Index width = 32;
  Index depth = 2;
  Index code = 8;
  Index kernel = 4;
  std::string output_activation = "linear";

  void keys(Keys& key) {
    width_key(key, width, "filters after the first halving; twice as many after each further one");
    depth_key(key, depth, "times that height and width are halved");
    key("code", code, "channels of the code", between<Index>(1, 4096));
    kernel_key(key, kernel);
    output_key(key, output_activation);
  }

  std::vector<LayerSpec> layers(const Shape& input) const {
    std::vector<LayerSpec> list;
    add_encoder(list, width, depth, kernel);
    list.push_back(preset_conv(kPresetCode, {.filters = code, .activation = "linear"}));
    list.push_back(preset_transpose("grow", {.filters = width << (depth - 1)}));
    add_decoder(list, width, depth, kernel, input[2], output_activation);
    return list;
  }
};

}  // namespace adjoint
