#pragma once

// Keras's files, written by hand as its versions write them.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/random.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {

using Json = nlohmann::json;

/// A folder whose files are named by text.
class KerasFolder {
 public:
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }

 private:
  TempFolder folder_;
};

/// Numbers that differ from place to place.
inline Tensor some_weights(const Shape& shape, std::uint32_t index = 0) {
  Tensor numbers = make_tensor(shape);
  Random random({.seed = 7, .purpose = Purpose::test, .index = index});
  for (Real& number : numbers) number = static_cast<Real>(random.uniform() - 0.5);
  return numbers;
}

/// A layer of a Sequential model.
inline Json keras_layer(const std::string& class_name, const std::string& name,
                        Json arguments = {}) {
  arguments["name"] = name;
  return {{"class_name", class_name}, {"config", arguments}};
}
/// The same with the input's shape, as the first layer of a model of Keras 2 has it.
inline Json keras_first(const std::string& class_name, const std::string& name, Json arguments,
                        const Json& batch_shape) {
  arguments["batch_input_shape"] = batch_shape;
  return keras_layer(class_name, name, std::move(arguments));
}
inline Json keras_sequential(const std::vector<Json>& layers,
                             const std::string& name = "sequential") {
  return {{"class_name", "Sequential"}, {"config", {{"name", name}, {"layers", layers}}}};
}
inline Json keras_conv(const std::string& name, Index filters, Json more = Json::object()) {
  more.update({{"filters", filters}, {"kernel_size", {3, 3}}, {"padding", "same"}});
  return keras_layer("Conv2D", name, more);
}

struct KerasWeightList {
  std::string layer;
  std::vector<std::pair<std::string, Tensor>> weights;  // names as in weight_names
};

/// Fills /model_weights (or the root) with layer_names and weight_names.
inline void fill_named(Hdf5File& file, const std::string& group,
                       const std::vector<KerasWeightList>& layers) {
  std::vector<std::string> names;
  for (const KerasWeightList& layer : layers) {
    names.push_back(layer.layer);
    const std::string path = group.empty() ? layer.layer : group + "/" + layer.layer;
    file.make_group(path);
    std::vector<std::string> weights;
    for (const auto& [name, value] : layer.weights) {
      weights.push_back(name);
      file.write(path + "/" + name, view(value));
    }
    file.write_texts(path, "weight_names", weights);
  }
  file.write_texts(group.empty() ? "/" : group, "layer_names", names);
}

/// A whole model of Keras 2.
inline void write_keras2(const std::string& path, const Json& model,
                         const std::vector<KerasWeightList>& layers,
                         const std::string& version = "2.4.0") {
  write_atomically(path, [&](Hdf5File& file) {
    file.write_text("/", "model_config", model.dump());
    file.write_text("/", "keras_version", version);
    file.make_group("model_weights");
    fill_named(file, "model_weights", layers);
  });
}

}  // namespace adjoint
