#include "models/formats/model_format.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "framework/settings/near_miss.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"
#include "models/keras/keras_export.hpp"
#include "models/keras/keras_file.hpp"

namespace adjoint {
namespace {

bool is_hdf5(const std::string& path) {
  return kind_at(path) == FileKind::hdf5;
}

bool is_keras_archive(const std::string& path) {
  return is_zip(path) && ZipArchive::open(path).contains("config.json");
}
bool is_keras_h5(const std::string& path) {
  return is_hdf5(path) && holds_keras_model(Hdf5File::open_model(path));
}
bool is_weights_h5(const std::string& path) {
  return is_hdf5(path) && holds_keras_weights(Hdf5File::open_model(path));
}

// A file is of the first format that recognizes it.
constexpr ModelFormat kFormats[] = {
    {.name = "keras",
     .doc = "a model of Keras 3, an archive of its config and its weights",
     .extension = ".keras",
     .recognizes = is_keras_archive,
     .read = read_keras_archive,
     .read_weights = read_keras_weights,
     .write = write_keras_archive},
    {.name = "keras-h5",
     .doc = "a model of Keras 2 or 3 in one HDF5 file",
     .extension = ".h5",
     .recognizes = is_keras_h5,
     .read = read_keras_h5,
     .read_weights = read_keras_weights,
     .write = write_keras_h5},
    {.name = "weights-h5",
     .doc = "weights alone, as Keras saves them",
     .extension = ".weights.h5",
     .recognizes = is_weights_h5,
     .read_weights = read_keras_weights,
     .write = write_keras_weights},
};

const ModelFormat& recognized(const std::string& path) {
  if (const ModelFormat* format = recognize_model(path)) return *format;
  if (is_hdf5(path)) {
    throw InputError(
        "{} holds no model: neither a checkpoint of Adjoint (/adjoint) nor a model of Keras (the "
        "attribute model_config)",
        path);
  }
  if (!kind_at(path)) throw InputError("there is no model at {}", path);
  std::vector<std::string_view> names;
  for (const ModelFormat& format : kFormats) names.push_back(format.doc);
  throw InputError("{} is no model; expected a checkpoint of Adjoint, or {}", path,
                   fmt::join(names, ", or "));
}

}  // namespace

std::span<const ModelFormat> model_formats() {
  return kFormats;
}

const ModelFormat& model_format(const std::string& name) {
  const auto found = std::ranges::find(kFormats, name, &ModelFormat::name);
  if (found != std::end(kFormats)) return *found;
  std::vector<std::string> names;
  for (const ModelFormat& format : kFormats) names.emplace_back(format.name);
  throw InputError("there is no format \"{}\"{}; expected one of {}", name,
                   did_you_mean(name, names), fmt::join(names, ", "));
}

const ModelFormat* recognize_model(const std::string& path) {
  for (const ModelFormat& format : kFormats)
    if (format.recognizes(path)) return &format;
  return nullptr;
}

bool is_foreign_model(const std::string& path) {
  const std::optional<FileKind> kind = kind_at(path);
  if (!kind) return false;
  if (*kind == FileKind::hdf5 && Hdf5File::open(path).exists("adjoint")) return false;
  return recognize_model(path);
}

ForeignModel read_foreign_model(const std::string& path) {
  const ModelFormat& format = recognized(path);
  if (format.read) return format.read(path);
  throw InputError(
      "{} holds weights without their model; give them to the model of a config: adjoint import {} "
      "--config model.toml -o FOLDER",
      path, path);
}

void put_foreign_weights(const std::string& path, Model& model, std::optional<keras::MatchBy> by) {
  const ModelFormat& format = recognized(path);
  if (!format.read_weights)
    throw InputError("{} is {}: its weights cannot be taken alone", path, format.doc);
  const std::map<std::string, Tensor> weights = format.read_weights(path, model, by);
  for (const auto& [name, value] : weights) {
    if (!std::ranges::all_of(value, [](Real number) { return std::isfinite(number); }))
      throw InputError("{}: the weight {} holds numbers that are not finite", path, name);
  }
  for (Parameter& parameter : model.parameters()) {
    const auto found = weights.find(parameter.name);
    if (found != weights.end()) parameter.value = found->second;
  }
}

WeightTransfer transfer_foreign_weights(const std::string& path, Model& model) {
  const ModelFormat& format = recognized(path);
  const std::map<std::string, Tensor> weights =
      format.read ? format.read(path).weights : format.read_weights(path, model, {});
  WeightTransfer transfer;
  for (Parameter& parameter : model.parameters()) {
    const auto found = weights.find(parameter.name);
    const bool fits =
        found != weights.end() && shape_of(found->second) == shape_of(parameter.value);
    if (fits) parameter.value = found->second;
    (fits ? transfer.taken : transfer.left).push_back(parameter.name);
  }
  for (const auto& [name, value] : weights)
    if (std::ranges::count(transfer.taken, name) == 0) transfer.ignored.push_back(name);
  if (!transfer.taken.empty()) return transfer;
  throw InputError(
      "{}: none of its weights fits the model by name and shape; it has {}, the model has {}", path,
      fmt::join(transfer.ignored, ", "), fmt::join(transfer.left, ", "));
}

}  // namespace adjoint
