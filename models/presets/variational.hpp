#pragma once

#include "framework/layers/dense.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/sampling.hpp"
#include "models/presets/preset_layers.hpp"

namespace adjoint {

/// A variational autoencoder (Kingma & Welling, arXiv:1312.6114): the encoder gives mean and log
/// variance of a code, the decoder makes an image of what is drawn from them. The network of
/// configs/fashion-variational.toml, for images of one size.
struct VariationalPreset {
  Index width = 32;
  Index depth = 2;
  Index code = 16;
  Index features = 128;
  Index kernel = 3;
  double beta = 1;
  std::string output_activation = "sigmoid";

  void keys(Keys& key) {
    width_key(key, width, "filters after the first halving; twice as many after each further one");
    depth_key(key, depth, "times that height and width are halved");
    key("code", code, "numbers of the code", between<Index>(1, 65536));
    key("features", features, "units between the convolutions and the code",
        between<Index>(1, 65536));
    kernel_key(key, kernel);
    key("beta", beta, "weight of the divergence from the standard normal distribution",
        at_least(0.0));
    output_key(key, output_activation);
  }

  std::vector<LayerSpec> layers(const Shape& input) const {
    std::vector<LayerSpec> list;
    add_encoder(list, width, depth, kernel);
    const auto halved = [&](Index side) { return ((side - 1) >> depth) + 1; };  // rounded up
    const Index height = halved(input[0]), columns = halved(input[1]);
    const auto dense = [&](const std::string& name, Index units, const std::string& activation,
                           std::vector<std::string> inputs = {}) {
      list.push_back(preset_layer(name, "Dense", Dense::Settings{.units = units}, std::move(inputs),
                                  activation));
    };
    const Index channels = width << (depth - 1);
    list.push_back(preset_layer("flat", "Flatten", NoSettings{}));
    dense("features", features, "relu");
    dense("mean", code, "linear");
    dense("log_variance", code, "linear", {"features"});
    list.push_back(preset_layer(kPresetCode, "Sampling", Sampling::Settings{.beta = beta},
                                {"mean", "log_variance"}));
    dense("grow", height * columns * channels, "relu");
    list.push_back(preset_layer("square", "Reshape",
                                Reshape::Settings{.target_shape = {height, columns, channels}}));
    add_decoder(list, width, depth, kernel, input[2], output_activation);
    return list;
  }
};

}  // namespace adjoint
