#pragma once

// Models and weights in files of Keras 2.2 to 3: a whole model in HDF5 (.h5) or in an archive
// (.keras), or weights alone (.weights.h5, .h5).

#include <string>

#include "framework/storage/hdf5_file.hpp"
#include "models/formats/foreign_model.hpp"
#include "models/keras/weight_reader.hpp"

namespace adjoint {

/// Reads a whole model from HDF5. Throws InputError naming the file, the layer or the object, what
/// was expected and what to do if the file is damaged, holds weights alone, or a model that Adjoint
/// does not have.
ForeignModel read_keras_h5(const std::string& path);
/// Reads an archive, likewise.
ForeignModel read_keras_archive(const std::string& path);

/// Whether an HDF5 file holds weights of Keras, with or without a model.
bool holds_keras_weights(const Hdf5File& file);
/// Whether it holds a model, too.
bool holds_keras_model(const Hdf5File& file);

/// Puts the weights in a file of either kind into a model that comes from elsewhere. Files that
/// count layers by their class (.keras, .weights.h5) give the order within each class. Throws
/// InputError that lists what does not fit; the model is then as it was.
void put_keras_weights(const std::string& path, Model& model, WeightMatch match);

}  // namespace adjoint
