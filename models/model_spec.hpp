#pragma once

// The [model] part of a config.

#include <any>
#include <optional>
#include <string>
#include <vector>

#include "framework/layers/conv2d_transpose.hpp"
#include "framework/settings/keys.hpp"
#include "models/activation_spec.hpp"
#include "models/presets/preset_table.hpp"

namespace adjoint {

/// A Conv2DTranspose that is the adjoint of another layer: what is left out is that layer's.
struct TiedConvolution {
  std::optional<Index> filters;
  std::optional<Extent2> kernel_size;
  std::optional<Extent2> strides;
  std::optional<PaddingRule> padding;
  std::optional<Extent2> output_padding;
  std::optional<Extent2> dilation_rate;
  std::optional<Index> groups;
  bool use_bias = true;
  WeightSettings weights;  // of the bias

  void keys(Keys& key);
  /// The settings beside the layer that owns the kernel; `image_channels` are those of the owner's
  /// image side.
  ConvolutionLayer::Settings resolve(const ConvolutionLayer::Settings& owner,
                                     Index image_channels) const;
};

/// One [[model.layer]].
struct LayerSpec {
  std::string name;  // empty: named after the type, as Keras does
  std::string type;
  std::optional<std::vector<std::string>> inputs;  // unset: the layer above
  std::any settings;                               // of its type: see layer_table.hpp
  ActivationSpec activation;
  Regularizer activity_regularizer;
  bool trainable = true;
  /// Another call of that layer: settings, activation and parameters are its, and only `inputs` is
  /// this one's.
  std::optional<std::string> shared_with;
  // Conv2DTranspose alone:
  std::optional<std::string> tied_to;
  TiedConvolution tied;  // instead of `settings` where tied_to is set
  std::optional<std::string> output_like;

  std::string where;  // "file:line"; empty if it comes from no file

  void keys(Keys& key);
};

/// The [model] table: what build_model() makes a Model of.
struct ModelSpec {
  Shape input;  // of one sample; 0 for any height or width
  std::string latent;
  /// Where the config names a preset, the layers that it stands for: a checkpoint keeps these, so a
  /// later version of the preset does not change a trained model.
  std::vector<LayerSpec> layers;

  std::string where;

  void keys(Keys& key);

 private:
  void expand(const Choice<PresetFamily>& preset, Keys& key);
};

/// Gives layers without a name one of their own, as Keras does: "conv2d", "conv2d_1", ...
void name_layers(std::vector<LayerSpec>& layers);

}  // namespace adjoint
