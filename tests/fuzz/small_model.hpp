#pragma once

#include "framework/graph/model.hpp"

namespace adjoint {

/// A layer that has parameters and does nothing, so that the fuzz targets build without the others.
class ParametersAlone : public Layer {
 public:
  std::string_view type() const override { return "ParametersAlone"; }
  std::vector<ParameterSpec> parameters(const LayerShapes&) const override {
    return {{.name = "kernel", .shape = {3, 3, 1, 2}}, {.name = "bias", .shape = {2}}};
  }
  void forward(const ForwardPass&) const override {}
  void backward(const BackwardPass&) const override {}
};

/// The model whose checkpoints the corpus holds.
inline Model small_model() {
  Model model({8, 8, 1});
  for (const char* name : {"enc1", "dec1"})
    model.add({.name = name, .layer = std::make_shared<ParametersAlone>()});
  return model;
}

}  // namespace adjoint
