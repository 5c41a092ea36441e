#pragma once

#include "framework/graph/model.hpp"

namespace adjoint {

/// A model that computes what another does outside training, in fewer passes over memory: what
/// scales and shifts each channel, such as BatchNormalization, is folded into the kernel before it;
/// activations become those of the layer before them; layers that act in training alone are gone.
/// Outputs differ in rounding alone. Input, latent layer and output are there; of several nodes
/// that became one, the last gives its name. Parameters are copies, each node's its own.
Model inference_model(const Model& model);

}  // namespace adjoint
