#pragma once

#include "tests/models/spec_text.hpp"

// Models that several tests look at.

namespace adjoint {

inline std::string layer(const std::string& name, const std::string& type,
                         const std::string& rest) {
  return fmt::format("name = '{}'\ntype = '{}'\n{}", name, type, rest);
}
inline std::string conv(const std::string& name, int filters, const std::string& rest = "") {
  return layer(name, "Conv2D",
               fmt::format("filters = {}\nkernel_size = 3\npadding = 'same'\n{}", filters, rest));
}
inline std::string transpose(const std::string& name, int filters) {
  return layer(
      name, "Conv2DTranspose",
      fmt::format("filters = {}\nkernel_size = 3\nstrides = 2\npadding = 'same'", filters));
}
inline std::string pool(const std::string& name) {
  return layer(name, "MaxPooling2D", "");
}
inline std::string tied(const std::string& name, const std::string& owner) {
  return layer(name, "Conv2DTranspose", fmt::format("tied_to = '{0}'\noutput_like = '{0}'", owner));
}

/// Two strided convolutions and the two transposed ones that mirror them.
inline Model strided_model(const std::string& input = "[28, 28, 1]") {
  Model model = build(model_text(input, {conv("enc1", 8, "strides = 2\nactivation = 'relu'"),
                                         conv("enc2", 16, "strides = 2\nactivation = 'relu'"),
                                         transpose("dec2", 8), transpose("dec1", 1)}));
  model.set_latent("enc2");
  return model;
}

/// The well-known Keras example: its outer pair has kernels of different shapes.
inline Model keras_model() {
  return build(
      model_text("[28, 28, 1]", {conv("conv1", 32), pool("pool1"), conv("conv2", 32), pool("pool2"),
                                 transpose("up2", 32), transpose("up1", 32), conv("out", 1)}));
}

inline Model tied_model() {
  return build(
      model_text("[25, 24, 1]", {conv("enc1", 8, "strides = 2"), conv("enc2", 16, "strides = 2"),
                                 tied("dec2", "enc2"), tied("dec1", "enc1")}));
}

}  // namespace adjoint
