#pragma once

#include "models/presets/preset_layers.hpp"

namespace adjoint {

/// A U-Net (Ronneberger et al. 2015, arXiv:1505.04597) with strides in place of pooling: what went
/// down is concatenated to what comes up. Not residual, so that it can fill in what is hidden, as
/// in configs/tiles.toml.
struct UNetPreset {
  Index width = 16;
  Index depth = 3;
  Index kernel = 3;

  void keys(Keys& key) {
    width_key(key, width, "filters at full size; half as many more with each halving");
    depth_key(key, depth, "times that height and width are halved");
    kernel_key(key, kernel);
  }

  std::vector<LayerSpec> layers(const Shape& input) const {
    std::vector<LayerSpec> list;
    const auto add = [&](const std::string& name, Index level, Index stride = 1) {
      list.push_back(
          preset_conv(name, {.filters = filters(level), .kernel = kernel, .stride = stride}));
    };
    add("enc0", 0);
    for (Index level = 1; level <= depth; ++level) {
      add(fmt::format("down{}", level), level, 2);
      add(fmt::format("enc{}", level), level);
    }
    add(kPresetCode, depth);
    for (Index level = depth; level >= 1; --level) {
      const std::string up = fmt::format("up{}", level);
      // A kernel of the stride's size overlaps nowhere: no checkerboard.
      list.push_back(preset_transpose(up, {.filters = filters(level - 1),
                                           .kernel = 2,
                                           .stride = 2,
                                           .output_like = fmt::format("down{}", level)}));
      list.push_back(preset_layer(fmt::format("skip{}", level - 1), "Concatenate",
                                  Concatenate::Settings{}, {up, fmt::format("enc{}", level - 1)}));
      add(fmt::format("dec{}", level - 1), level - 1);
    }
    list.push_back(
        preset_conv("output", {.filters = input[2], .kernel = kernel, .activation = "linear"}));
    return list;
  }

 private:
  Index filters(Index level) const {
    Index count = width;
    for (Index i = 0; i < level; ++i) count += count / 2;
    return count;
  }
};

}  // namespace adjoint
