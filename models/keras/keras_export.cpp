#include "models/keras/keras_export.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "framework/storage/hdf5_file.hpp"
#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"
#include "models/keras/keras_config.hpp"
#include "models/layer_names.hpp"

namespace adjoint {
namespace {

constexpr const char* kKeras2 = "2.12.0";
constexpr const char* kKeras3 = "3.0.0";

std::string short_name_of(const Parameter& parameter) {
  return parameter.name.substr(parameter.name.rfind('/') + 1);
}

/// /layers/conv2d_1/vars/0, counted by class.
void fill_counted(Hdf5File& file, const Model& model) {
  std::map<std::string, int> count;
  const auto add = [&](const std::string& class_name) {
    const std::string base = snake_case(class_name);
    const int i = count[base]++;
    const std::string group = fmt::format("layers/{}{}/vars", base, i ? fmt::format("_{}", i) : "");
    file.make_group(group);
    return group;
  };
  add("InputLayer");
  for (const KerasWeights& layer : keras_weights(model)) {
    if (layer.parameters.empty()) continue;
    const std::string group = add(layer.class_name);
    file.write_text(group, "name", layer.layer);
    for (std::size_t i = 0; i < layer.parameters.size(); ++i) {
      const Parameter& parameter =
          model.parameters()[static_cast<std::size_t>(layer.parameters[i])];
      file.write(fmt::format("{}/{}", group, i), view(parameter.value));
    }
  }
}

ZipMember member(const std::string& name, const std::string& text) {
  return {name, std::as_bytes(std::span(text))};
}

}  // namespace

void write_keras_h5(const std::string& path, const Model& model, const std::string& name) {
  std::string why_not;
  const std::optional<std::string> config = keras_config(model, name, &why_not);
  if (!config) throw InputError("cannot write {}: {}", path, why_not);
  write_atomically(path, [&](Hdf5File& file) {
    file.write_text("/", "model_config", *config);
    file.write_text("/", "backend", "tensorflow");
    file.write_text("/", "keras_version", kKeras2);
    file.make_group("model_weights");
    file.write_text("model_weights", "backend", "tensorflow");
    file.write_text("model_weights", "keras_version", kKeras2);
    std::vector<std::string> layers;
    for (const KerasWeights& layer : keras_weights(model)) {
      const std::string group = "model_weights/" + layer.layer;
      file.make_group(group);
      layers.push_back(layer.layer);
      std::vector<std::string> weights;
      for (const Index p : layer.parameters) {
        const Parameter& parameter = model.parameters()[static_cast<std::size_t>(p)];
        weights.push_back(fmt::format("{}/{}:0", layer.layer, short_name_of(parameter)));
        file.write(group + "/" + weights.back(), view(parameter.value));
      }
      file.write_texts(group, "weight_names", weights);
    }
    file.write_texts("model_weights", "layer_names", layers);
  });
}

void write_keras_archive(const std::string& path, const Model& model, const std::string& name) {
  const std::string config = keras3_config(model, name);
  const std::string metadata = nlohmann::ordered_json{{"keras_version", kKeras3}}.dump();
  const std::vector<std::byte> weights =
      hdf5_image([&](Hdf5File& file) { fill_counted(file, model); });
  write_zip(path, {member("metadata.json", metadata),
                   member("config.json", config),
                   {"model.weights.h5", weights}});
}

void write_keras_weights(const std::string& path, const Model& model, const std::string&) {
  write_atomically(path, [&](Hdf5File& file) { fill_counted(file, model); });
}

}  // namespace adjoint
