#pragma once

// Models and weights written as Keras writes them. Each throws InputError where Keras has no such
// layer or argument, RunError if the file cannot be written; an earlier file is then as it was.

#include <string>

#include "framework/graph/model.hpp"

namespace adjoint {

/// One HDF5 file in the layout of Keras 2, which Keras 3 and TensorFlow.js read, too.
void write_keras_h5(const std::string& path, const Model& model, const std::string& name);
/// An archive of Keras 3: config.json, metadata.json, model.weights.h5.
void write_keras_archive(const std::string& path, const Model& model, const std::string& name);
/// Weights alone, as Keras 3's save_weights("x.weights.h5") lays them out.
void write_keras_weights(const std::string& path, const Model& model, const std::string& name);

}  // namespace adjoint
