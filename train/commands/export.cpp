#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "inference/images/export_options.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/images/trained_model.hpp"
#include "inference/inspection/layers/layer_report.hpp"
#include "models/formats/export_model.hpp"
#include "train/commands/commands.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

/// "runs/a/best.h5" -> "runs/a/best.keras".
std::string beside(const std::string& model, std::string_view extension) {
  std::filesystem::path path = model;
  const std::string stem = path.stem().string();
  return (path.parent_path() / (stem + std::string(extension))).string();
}

int export_one(const Arguments& arguments) {
  const ModelFormat& format = model_format(arguments.text("format"));
  const TrainedModel trained = TrainedModel::load(arguments.text("checkpoint"));
  std::string out = arguments.text_if_given("out").value_or(beside(trained.path, format.extension));
  FileGuard guard;
  guard.reads(trained.path);
  guard.writes(out);
  guard.check();
  const Model model = trained.as_trained();
  const ExportOptions options = export_options(trained, format, arguments.has("normalize"));
  const ExportCheck check = export_model(out, format, model, options, typical_input(model));
  std::string text = fmt::format("{}: {}\nread back, an image of {} differs by at most {:.2g}\n",
                                 format.name, out, to_string(check.input), check.difference);
  nlohmann::ordered_json result{
      {"format", format.name},
      {"out", out},
      {"difference", check.difference},
      {"normalized", trained.normalization.any() && !options.input_scaling}};
  if (trained.normalization.any() && !options.input_scaling) {
    text +=
        "note: the model was trained on normalized images (data.normalization), and the file takes "
        "images that are normalized already; --normalize puts that into an ONNX file\n";
  }
  print_result(arguments, result, text);
  return 0;
}

std::string written_formats() {
  std::vector<std::string_view> names;
  for (const ModelFormat& format : model_formats())
    if (format.write) names.push_back(format.name);
  return fmt::to_string(fmt::join(names, ", "));
}

}  // namespace

Command export_command() {
  using Kind = Option::Kind;
  return {.name = "export",
          .summary = "write a model as a file of Keras, ONNX, PyTorch or NumPy",
          .usage = "CHECKPOINT --format FORMAT [-o FILE] [--normalize]",
          .doc =
              "Writes a model as another program's file, reads that file back and compares what "
              "both make of a sample image.",
          .example = "adjoint export runs/quickstart/best.h5 --format keras -o quickstart.keras",
          .positional = {"checkpoint"},
          .options = {checkpoint_option(),
                      {"format", "One of " + written_formats(), Kind::text, "FORMAT"},
                      out_option("File to write (default: beside the model, under its name)", "",
                                 "FILE"),
                      {"normalize",
                       "Put data.normalization into the file, which then takes images as they are "
                       "(onnx)"},
                      json_option()},
          .run = export_one};
}

}  // namespace adjoint
