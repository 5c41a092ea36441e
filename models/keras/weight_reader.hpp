#pragma once

// The weights in Keras's HDF5 files: which dataset belongs to which layer.
//
//   named layers   /[model_weights/]<layer>/<weight names>, with the attributes layer_names and
//                  weight_names: Keras 2's files, and .h5 of Keras 3
//   counted        /layers/conv2d_1/vars/0: .weights.h5 and .keras. A layer is called by its class
//                  and its number among those of the class, not by its name.

#include <map>
#include <string>
#include <vector>

#include "framework/graph/model.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "models/formats/weight_list.hpp"
#include "models/keras/model_reader.hpp"

namespace adjoint::keras {

/// What a file holds for one layer, or for a model of layers.
struct StoredPart {
  struct Weight {
    std::string name;  // "conv2d/kernel:0", or the number of a variable
    Tensor value;
  };
  std::string name;      // of the layer, or of the group in the file
  std::string own_name;  // the layer's, where the file says it beside a counted group
  std::vector<Weight> weights;
  std::vector<StoredPart> parts;
};

enum class FileLayout { named, counted };
/// How a file's weights stand; nothing if there are none of Keras's.
std::optional<FileLayout> weight_layout(const Hdf5File& file);

/// Reads all weights. Throws InputError if the file is damaged or what it claims cannot be.
StoredPart read_stored(const Hdf5File& file);
/// The number of elements that they have.
Index element_count(const StoredPart& stored);

/// Finds each layer's weights: the result is by Adjoint's parameter names. Throws InputError that
/// names the layers whose weights are missing, too many or of another shape; `file` is for it.
std::map<std::string, Tensor> weights_of(const StoredPart& stored, FileLayout layout,
                                         const Part& whole, const Model& model,
                                         const std::string& file);

/// The same for a model that comes from elsewhere: by the layers' names, or in their order. Counted
/// files give the order within each class.
std::map<std::string, Tensor> weights_for(const StoredPart& stored, FileLayout layout,
                                          const Model& model, WeightMatch by,
                                          const std::string& file);

}  // namespace adjoint::keras
