#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "framework/layers/layer.hpp"
#include "framework/settings/registry.hpp"

namespace adjoint {

using KerasJson = nlohmann::ordered_json;

/// Keras's two dialects.
enum class KerasVersion { two, three };

/// What Keras needs layers of their own for, around one of ours.
struct KerasFrame {
  Padding zeros{};     // a ZeroPadding2D before it
  Padding cropping{};  // a Cropping2D behind it
};

/// One of a model's layers, as Keras is told of it.
struct KerasLayer {
  const Layer& layer;
  const Activation& activation;  // that follows it
  const LayerShapes& shapes;
  KerasVersion version;
  KerasFrame& frame;
};

/// Every type of layer that a config may name. To add one, write its file and its row in
/// layer_table.cpp.
struct LayerFamily {
  using Make = std::shared_ptr<const Layer>();
  enum class Inputs { one, two, many };
  struct Traits {
    Inputs inputs = Inputs::one;
    bool ties = false;      // may share the kernel of another layer: tied_to, output_like
    bool activates = true;  // has the key `activation` of every layer, not one of its own
    bool penalizes = true;  // has the key `activity_regularizer`
    /// Adds what get_config() of Keras's layer of the same name adds to a Layer's. Throws
    /// NotInKeras where Keras has no such argument. Null: Keras has no such layer.
    void (*keras)(const KerasLayer& layer, KerasJson& config) = nullptr;
    /// Then: what is written instead, or why nothing is.
    std::string_view not_in_keras = "";
  };
  static std::span<const Kind<LayerFamily>> kinds();
};

}  // namespace adjoint
