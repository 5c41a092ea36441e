#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "framework/storage/checkpoint.hpp"
#include "models/formats/foreign_model.hpp"
#include "models/formats/weight_list.hpp"
#include "models/onnx/write_onnx.hpp"

namespace adjoint {

/// What an export says beside the model.
struct ExportOptions {
  std::string name;  // of the model
  /// Made part of the file, so that it takes and gives images as they are. For formats that can.
  std::optional<OnnxScaling> input_scaling = {};
  std::optional<OnnxScaling> output_scaling = {};
};

/// A kind of file in which other programs keep models or weights. To add one, write its functions
/// and its row in model_format.cpp.
struct ModelFormat {
  std::string_view name;       // as --format takes it
  std::string_view doc;        // one sentence, without its capital and its period
  std::string_view extension;  // ".keras"
  /// Whether a file is of this format, by what it holds.
  bool (*recognizes)(const std::string& path) = nullptr;
  /// Reads a whole model; null for a format of weights alone.
  ForeignModel (*read)(const std::string& path) = nullptr;
  /// Puts weights into a model that a config describes, all of them or none; null: not possible.
  void (*put_weights)(const std::string& path, Model& model, WeightMatch match) = nullptr;
  /// Writes a model, whole or not at all, as a file, or as a folder where `extension` is empty;
  /// null: Adjoint does not write it.
  void (*write)(const std::string& path, const Model& model,
                const ExportOptions& options) = nullptr;
  bool scales = false;  // takes the scalings of the options
  /// The largest difference of an output that a file written and read back may make.
  double promise = 0;
};

/// Every format that Adjoint reads or writes beside its own checkpoints.
std::span<const ModelFormat> model_formats();
/// The format of that name; throws InputError listing the names there are.
const ModelFormat& model_format(const std::string& name);
/// The format of a file, by what it holds; null if it is none of them, or not there.
const ModelFormat* recognize_model(const std::string& path);

/// Whether a file holds a model that is not a checkpoint of Adjoint. False where there is no file,
/// and for what is no model at all.
bool is_foreign_model(const std::string& path);

/// Reads a whole model of any format. Throws InputError naming the file, what was expected and what
/// to do.
ForeignModel read_foreign_model(const std::string& path);
/// Puts weights of any format into a model: by name, or where the names do not fit in the order of
/// the layers, unless `match` says one of them. Throws InputError that lists what does not fit; the
/// model is then as it was.
void put_foreign_weights(const std::string& path, Model& model,
                         std::optional<WeightMatch> match = {});

/// Takes what fits by name and shape from a whole model, or all weights of a file that holds
/// nothing else, and leaves the rest of the model as it is. Throws InputError if nothing fits.
WeightTransfer transfer_foreign_weights(const std::string& path, Model& model);

}  // namespace adjoint
