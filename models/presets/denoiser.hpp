#pragma once

#include "models/presets/preset_layers.hpp"

namespace adjoint {

/// A residual U-Net: most of the work at full size, where detail is; added skips; the last layer
/// adds the estimated noise, negated, to the input. The networks of configs/denoise-photos.toml
/// and, with `blind`, of denoise-photos-blind.toml: a branch estimates the noise around each pixel
/// (Guo et al. 2019, arXiv:1807.04686), and no layer has a bias (Mohan et al. 2020,
/// arXiv:1906.05478).
struct DenoiserPreset {
  Index width = 20;
  Index depth = 2;
  Index kernel = 3;
  bool blind = false;
  bool residual = true;

  void keys(Keys& key) {
    width_key(key, width, "filters at full size; a quarter more with each halving");
    depth_key(key, depth, "times that height and width are halved", 0);
    kernel_key(key, kernel);
    key("blind", blind,
        "for noise of unknown strength: a branch estimates it around each pixel, and no layer has "
        "a bias");
    key("residual", residual,
        "estimate the noise and subtract it; false: no skip at full size either, as noise2void "
        "needs it");
  }

  std::vector<LayerSpec> layers(const Shape& input) const {
    std::vector<LayerSpec> list;
    if (blind) add_noise_level(list);
    const auto add = [&](const std::string& name, Index level, Index stride = 1) {
      list.push_back(preset_conv(
          name, {.filters = filters(level), .kernel = kernel, .stride = stride, .bias = !blind}));
    };
    add("enc0a", 0);
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
                                           .activation = "linear",
                                           .bias = !blind,
                                           .output_like = fmt::format("down{}", level)}));
      if (level > 1 || residual) {
        list.push_back(preset_merge(fmt::format("skip{}", level - 1), "Add",
                                    {up, fmt::format("enc{}", level - 1)}));
      }
      add(fmt::format("dec{}", level - 1), level - 1);
    }
    add("dec0a", 0);
    add("dec0b", 0);
    list.push_back(preset_conv(
        residual ? "noise" : "clean",
        {.filters = input[2], .kernel = kernel, .activation = "linear", .bias = !blind}));
    if (residual) list.push_back(preset_merge("clean", "Add", {"input", "noise"}));
    return list;
  }

 private:
  Index filters(Index level) const { return width + width * level / 4; }

  /// The strength of the noise around each pixel, as channels beside those of the image.
  static void add_noise_level(std::vector<LayerSpec>& list) {
    const auto add = [&](const std::string& name, Index filters) {
      list.push_back(preset_conv(name, {.filters = filters, .bias = false}));
    };
    add("level1", 8);
    add("level2", 8);
    AveragePooling2D::Settings blocks;  // the next two layers look at the blocks beside each
    blocks.pool_size = {8, 8};
    blocks.padding = {.kind = PaddingRule::Kind::same};
    list.push_back(preset_layer("level3", "AveragePooling2D", blocks));
    add("level4", 12);
    add("level5", 4);
    list.push_back(preset_transpose("level", {.filters = 4,
                                              .kernel = 16,
                                              .stride = 8,
                                              .activation = "linear",
                                              .bias = false,
                                              .output_like = "level3"}));
    list.push_back(
        preset_layer("levelled", "Concatenate", Concatenate::Settings{}, {"input", "level"}));
  }
};

}  // namespace adjoint
