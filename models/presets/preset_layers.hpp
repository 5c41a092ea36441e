#pragma once

// What the layers of presets are made with.

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/concatenate.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "models/model_spec.hpp"
#include "models/presets/preset_table.hpp"

namespace adjoint {

/// A convolution of a preset, with padding "same"; kernel and strides are squares.
struct PresetConvolution {
  Index filters = 1;
  Index kernel = 3;
  Index stride = 1;
  std::string activation = "relu";
  bool bias = true;
  std::string output_like = "";  // a transposed one's
};

template <class Settings>
LayerSpec preset_layer(std::string name, std::string type, Settings settings,
                       std::vector<std::string> inputs = {}, std::string activation = "linear") {
  LayerSpec layer;
  layer.name = std::move(name);
  layer.type = std::move(type);
  layer.settings = std::move(settings);
  layer.activation.kind = std::move(activation);
  if (!inputs.empty()) layer.inputs = std::move(inputs);
  return layer;
}

/// A layer that joins others, such as Add.
inline LayerSpec preset_merge(std::string name, std::string type, std::vector<std::string> inputs,
                              std::string activation = "linear") {
  return preset_layer(std::move(name), std::move(type), NoSettings{}, std::move(inputs),
                      std::move(activation));
}

namespace detail {
template <class Layer>
LayerSpec preset_convolution(std::string name, std::string type, const PresetConvolution& of,
                             std::vector<std::string> inputs) {
  typename Layer::Settings settings;
  settings.filters = of.filters;
  settings.kernel_size = {of.kernel, of.kernel};
  settings.strides = {of.stride, of.stride};
  settings.padding = {.kind = PaddingRule::Kind::same};
  settings.use_bias = of.bias;
  LayerSpec layer = preset_layer(std::move(name), std::move(type), std::move(settings),
                                 std::move(inputs), of.activation);
  if (!of.output_like.empty()) layer.output_like = of.output_like;
  return layer;
}
}  // namespace detail

inline LayerSpec preset_conv(std::string name, const PresetConvolution& of,
                             std::vector<std::string> inputs = {}) {
  return detail::preset_convolution<Conv2D>(std::move(name), "Conv2D", of, std::move(inputs));
}
inline LayerSpec preset_transpose(std::string name, const PresetConvolution& of,
                                  std::vector<std::string> inputs = {}) {
  return detail::preset_convolution<Conv2DTranspose>(std::move(name), "Conv2DTranspose", of,
                                                     std::move(inputs));
}

// The keys that most presets have.

inline void width_key(Keys& key, Index& width, std::string_view doc) {
  key("width", width, doc, between<Index>(1, 4096));
}
inline void depth_key(Keys& key, Index& depth, std::string_view doc, Index least = 1,
                      Index most = 8) {
  key("depth", depth, doc, between(least, most));
}
inline void kernel_key(Keys& key, Index& kernel) {
  key("kernel", kernel, "height and width of a preset's kernels", between<Index>(1, 15));
}
/// For targets in [0, 1] and a cross-entropy the last layer may be a sigmoid.
inline void output_key(Keys& key, std::string& activation) {
  key("output_activation", activation,
      "activation of the last layer: sigmoid keeps it in [0, 1] and suits binary_crossentropy",
      one_of({"linear", "sigmoid"}));
}

/// Adds convolutions "enc1", "enc2", ... that halve height and width; the first has `width`
/// filters, each further one twice as many.
inline void add_encoder(std::vector<LayerSpec>& list, Index width, Index depth, Index kernel) {
  for (Index level = 1; level <= depth; ++level) {
    list.push_back(preset_conv(fmt::format("enc{}", level),
                               {.filters = width << (level - 1), .kernel = kernel, .stride = 2}));
  }
}

/// Adds the transposes of add_encoder(), the last one first: ... "dec2", "dec1", which makes an
/// image.
inline void add_decoder(std::vector<LayerSpec>& list, Index width, Index depth, Index kernel,
                        Index channels, const std::string& output_activation) {
  for (Index level = depth; level >= 1; --level) {
    const bool last = level == 1;
    list.push_back(preset_transpose(fmt::format("dec{}", level),
                                    {.filters = last ? channels : width << (level - 2),
                                     .kernel = kernel,
                                     .stride = 2,
                                     .activation = last ? output_activation : "relu",
                                     .output_like = fmt::format("enc{}", level)}));
  }
}

}  // namespace adjoint
