#include "models/formats/model_format.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "framework/settings/near_miss.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"
#include "models/formats/array_weights.hpp"
#include "models/keras/keras_export.hpp"
#include "models/keras/keras_file.hpp"
#include "models/onnx/read_onnx.hpp"
#include "models/onnx/write_onnx.hpp"
#include "models/pytorch/state_dict.hpp"
#include "models/pytorch/write_pytorch.hpp"

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

/// The weights of an exported folder, or the file itself.
std::string torch_file(const std::string& path) {
  return std::filesystem::is_directory(path)
             ? (std::filesystem::path(path) / "model.safetensors").string()
             : path;
}
bool is_torch(const std::string& path) {
  if (std::filesystem::is_directory(path)) return std::filesystem::exists(torch_file(path));
  if (is_plain_pickle(path)) return true;  // and refused with a remedy
  if (is_zip(path)) {
    const ZipArchive archive = ZipArchive::open(path);
    return std::ranges::any_of(archive.names(),
                               [](const std::string& name) { return name.ends_with("data.pkl"); });
  }
  return std::filesystem::path(path).extension() == ".safetensors" && kind_at(path).has_value();
}
void put_torch_weights(const std::string& path, Model& model, WeightMatch match) {
  const std::string file = torch_file(path);
  assign_weights(file, read_pytorch(file), WeightLayout::pytorch, match, model);
}

bool is_onnx(const std::string& path) {
  return std::filesystem::path(path).extension() == ".onnx" && kind_at(path).has_value();
}
bool is_npz(const std::string& path) {
  if (!is_zip(path)) return false;
  const ZipArchive archive = ZipArchive::open(path);
  return !archive.names().empty() &&
         std::ranges::all_of(archive.names(),
                             [](const std::string& name) { return name.ends_with(".npy"); });
}
void put_npz_weights(const std::string& path, Model& model, WeightMatch match) {
  assign_weights(path, read_npz(path), WeightLayout::keras, match, model);
}
void write_npz_model(const std::string& path, const Model& model, const std::string&) {
  write_npz_weights(path, model);
}
/// Groups of layers with datasets in them, and nothing of Keras's.
bool is_hdf5_arrays(const std::string& path) {
  if (!is_hdf5(path)) return false;
  const Hdf5File file = Hdf5File::open_model(path);
  if (file.exists("adjoint") || holds_keras_weights(file)) return false;
  return std::ranges::any_of(file.list("/"),
                             [&](const std::string& name) { return file.is_group(name); });
}
void put_hdf5_arrays(const std::string& path, Model& model, WeightMatch match) {
  // Datasets come in the order of the alphabet, which is not that of the layers.
  if (match == WeightMatch::by_order)
    throw InputError("{}: plain datasets have no order; name each \"LAYER/WEIGHT\"", path);
  assign_weights(path, read_hdf5_arrays(path), WeightLayout::keras, match, model);
}
void write_hdf5_model(const std::string& path, const Model& model, const std::string&) {
  write_hdf5_weights(path, model);
}
void write_onnx_model(const std::string& path, const Model& model, const std::string& name) {
  write_onnx(path, model, {.model_name = name});
}

// A file is of the first format that recognizes it.
constexpr ModelFormat kFormats[] = {
    {.name = "keras",
     .doc = "a model of Keras 3, an archive of its config and its weights",
     .extension = ".keras",
     .recognizes = is_keras_archive,
     .read = read_keras_archive,
     .put_weights = put_keras_weights,
     .write = write_keras_archive},
    {.name = "keras-h5",
     .doc = "a model of Keras 2 or 3 in one HDF5 file",
     .extension = ".h5",
     .recognizes = is_keras_h5,
     .read = read_keras_h5,
     .put_weights = put_keras_weights,
     .write = write_keras_h5},
    {.name = "weights-h5",
     .doc = "weights alone, as Keras saves them",
     .extension = ".weights.h5",
     .recognizes = is_weights_h5,
     .put_weights = put_keras_weights,
     .write = write_keras_weights},
    {.name = "onnx",
     .doc = "a model for ONNX Runtime and other programs",
     .extension = ".onnx",
     .recognizes = is_onnx,
     .read = read_onnx,
     .write = write_onnx_model,
     .promise = 1e-5},
    {.name = "pytorch",
     .doc = "a folder with a torch.nn module and its weights; of weights, a .safetensors or a "
            "state_dict",
     .extension = "",
     .recognizes = is_torch,
     .put_weights = put_torch_weights,
     .write = write_pytorch},
    {.name = "npz",
     .doc = "weights alone, as NumPy's arrays",
     .extension = ".npz",
     .recognizes = is_npz,
     .put_weights = put_npz_weights,
     .write = write_npz_model},
    {.name = "h5",
     .doc = "weights alone, as plain HDF5 datasets",
     .extension = ".arrays.h5",
     .recognizes = is_hdf5_arrays,
     .put_weights = put_hdf5_arrays,
     .write = write_hdf5_model},
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

void put_foreign_weights(const std::string& path, Model& model, std::optional<WeightMatch> match) {
  const ModelFormat& format = recognized(path);
  if (!format.put_weights)
    throw InputError("{} is {}: its weights cannot be taken alone", path, format.doc);
  Model filled = model;
  if (match) {
    format.put_weights(path, filled, *match);
  } else {
    try {
      format.put_weights(path, filled, WeightMatch::by_name);
    } catch (const InputError& by_name) {
      try {
        format.put_weights(path, filled, WeightMatch::by_order);
      } catch (const InputError& by_order) {
        if (std::string_view(by_name.what()) == by_order.what()) throw;
        throw InputError("{}\nin the order of the layers neither:\n{}", by_name.what(),
                         by_order.what());
      }
    }
  }
  for (const Parameter& parameter : filled.parameters()) {
    if (!std::ranges::all_of(parameter.value, [](Real number) { return std::isfinite(number); }))
      throw InputError("{}: the weight {} holds numbers that are not finite", path, parameter.name);
  }
  model = std::move(filled);
}

WeightTransfer transfer_foreign_weights(const std::string& path, Model& model) {
  const ModelFormat& format = recognized(path);
  WeightTransfer transfer;
  if (!format.read) {
    put_foreign_weights(path, model);
    for (const Parameter& parameter : model.parameters()) transfer.taken.push_back(parameter.name);
    return transfer;
  }
  const std::map<std::string, Tensor> weights = format.read(path).weights;
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
