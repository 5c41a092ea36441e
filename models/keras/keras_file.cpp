#include "models/keras/keras_file.hpp"

#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/keras/model_reader.hpp"

namespace adjoint {
namespace {

constexpr const char* kConfigMember = "config.json";
constexpr const char* kMetadataMember = "metadata.json";
constexpr const char* kWeightsMember = "model.weights.h5";

bool is_keras3(const std::string& version) {
  return !version.empty() && version[0] >= '3' && version[0] <= '9';
}

/// A model's description together with the weights that belong to it.
ForeignModel put_together(const keras::Json& model, bool keras3, const Hdf5File& weights,
                          const std::string& path) {
  const std::optional<keras::FileLayout> layout = keras::weight_layout(weights);
  if (!layout) {
    throw InputError(
        "{}: the model is there, and no weights of it; save it again in Keras, after "
        "it was built",
        weights.path());
  }
  keras::ModelDescription description = keras::read_model(model, path, keras3);
  const keras::StoredPart stored = keras::read_stored(weights);
  const Model structure = [&] {
    try {
      return build_structure(description.spec, keras::element_count(stored));
    } catch (const InputError& error) {
      throw InputError("{}: {}", path, error.what());
    }
  }();
  return {.name = std::move(description.name),
          .spec = std::move(description.spec),
          .weights = keras::weights_of(stored, *layout, description.whole, structure, path),
          .notes = std::move(description.notes)};
}

/// The HDF5 file with the weights: the file itself, or the one in an archive.
Hdf5File open_weights(const std::string& path) {
  if (!is_zip(path)) return Hdf5File::open_model(path);
  const ZipArchive archive = ZipArchive::open(path);
  return Hdf5File::open_model(path + ":/" + kWeightsMember, archive.read(kWeightsMember));
}

}  // namespace

ForeignModel read_keras_h5(const std::string& path) {
  const Hdf5File file = Hdf5File::open_model(path);
  if (!holds_keras_model(file)) {
    if (holds_keras_weights(file)) {
      throw InputError(
          "{} holds weights without their model; give them to the model of a config: adjoint "
          "import "
          "{} --config model.toml -o FOLDER",
          path, path);
    }
    throw InputError(
        "{} holds no model: neither a checkpoint of Adjoint (/adjoint) nor a model of Keras (the "
        "attribute model_config)",
        path);
  }
  const std::string version =
      file.has_attribute("/", "keras_version") ? file.read_text("/", "keras_version") : "";
  const keras::Json model =
      keras::parse_json(file.read_text("/", "model_config"), path + ": attribute 'model_config'");
  return put_together(model, is_keras3(version), file, path);
}

ForeignModel read_keras_archive(const std::string& path) {
  const ZipArchive archive = ZipArchive::open(path);
  if (!archive.contains(kConfigMember)) {
    throw InputError("{}: there is no {} in it; expected a model that Keras saved (.keras)", path,
                     kConfigMember);
  }
  const keras::Json model =
      keras::parse_json(archive.read_text(kConfigMember), path + ":/" + kConfigMember);
  std::string version;
  if (archive.contains(kMetadataMember)) {
    const keras::Json metadata =
        keras::parse_json(archive.read_text(kMetadataMember), path + ":/" + kMetadataMember);
    const auto found = metadata.find("keras_version");
    if (found != metadata.end() && found->is_string()) version = found->get<std::string>();
  }
  const std::vector<std::byte> weights = archive.read(kWeightsMember);
  return put_together(model, is_keras3(version),
                      Hdf5File::open_model(path + ":/" + kWeightsMember, weights), path);
}

bool holds_keras_weights(const Hdf5File& file) {
  return keras::weight_layout(file).has_value();
}

bool holds_keras_model(const Hdf5File& file) {
  return file.has_attribute("/", "model_config");
}

void put_keras_weights(const std::string& path, Model& model, WeightMatch match) {
  const Hdf5File file = open_weights(path);
  const std::optional<keras::FileLayout> layout = keras::weight_layout(file);
  if (!layout) throw InputError("{} holds no weights of Keras", file.path());
  std::map<std::string, Tensor> weights =
      keras::weights_for(keras::read_stored(file), *layout, model, match, file.path());
  for (Parameter& parameter : model.parameters())
    if (const auto found = weights.find(parameter.name); found != weights.end())
      parameter.value = std::move(found->second);
}

}  // namespace adjoint
