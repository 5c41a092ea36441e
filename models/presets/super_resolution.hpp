#pragma once

#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "models/presets/preset_layers.hpp"

namespace adjoint {

/// Enlarges images: convolutions on the small image, whose channels DepthToSpace deals out to
/// blocks of pixels (Shi et al. 2016, arXiv:1609.05158), added to the bicubic enlargement. The
/// network of configs/super-resolution.toml.
struct SuperResolutionPreset {
  Index factor = 2;
  Index width = 48;
  Index depth = 3;
  Index kernel = 3;

  void keys(Keys& key) {
    key("factor", factor, "times as high and as wide as its input the output is",
        between<Index>(2, 8));
    width_key(key, width, "filters of the convolutions");
    depth_key(key, depth, "number of convolutions before the enlargement", 1, 64);
    kernel_key(key, kernel);
  }

  std::vector<LayerSpec> layers(const Shape& input) const {
    std::vector<LayerSpec> list;
    for (Index i = 1; i <= depth; ++i) {
      list.push_back(preset_conv(i == depth ? std::string(kPresetCode) : fmt::format("conv{}", i),
                                 {.filters = width, .kernel = i == 1 ? kernel + 2 : kernel}));
    }
    LayerSpec subpixels = preset_conv(
        "subpixels",
        {.filters = factor * factor * input[2], .kernel = kernel, .activation = "linear"});
    // At first it repeats pixels, so that no pattern is there to unlearn (arXiv:1707.02937).
    std::any_cast<Conv2D::Settings&>(subpixels.settings).weights.kernel_initializer =
        Initializer(Initializer::icnr, 1, factor);
    list.push_back(std::move(subpixels));
    list.push_back(
        preset_layer("detail", "DepthToSpace", DepthToSpace::Settings{.block_size = factor}));
    list.push_back(preset_layer(
        "enlarged", "UpSampling2D",
        UpSampling2D::Settings{.size = {factor, factor}, .interpolation = NewPixels::bicubic},
        {"input"}));
    list.push_back(preset_merge("sharp", "Add", {"enlarged", "detail"}));
    return list;
  }
};

}  // namespace adjoint
