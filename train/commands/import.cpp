#include <fmt/format.h>

#include "train/commands/commands.hpp"
#include "train/import_model.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int import(const Arguments& arguments) {
  ImportRequest request{.file = arguments.text("file"),
                        .config = arguments.text_if_given("config"),
                        .overrides = arguments.texts_if_given("set")};
  if (arguments.has("by")) request.by = arguments.choice<WeightMatch>("by");
  const RunFolder folder(arguments.text("out"));
  const ImportResult result = import_model(request, folder);
  std::string text =
      fmt::format("{}: {} layers, {} parameters\n", result.name, result.layers, result.parameters);
  for (const std::string& note : result.notes) text += fmt::format("note: {}\n", note);
  text += fmt::format("config      {}\ncheckpoint  {}\n", folder.config().string(),
                      folder.checkpoint().string());
  print_result(arguments,
               {{"name", result.name},
                {"layers", result.layers},
                {"parameters", result.parameters},
                {"notes", result.notes},
                {"config", folder.config().string()},
                {"checkpoint", folder.checkpoint().string()}},
               text);
  return 0;
}

}  // namespace

Command import_command() {
  using Kind = Option::Kind;
  return {
      .name = "import",
      .summary = "turn a model of Keras, ONNX or PyTorch into a config and a checkpoint",
      .usage = "FILE -o FOLDER [--config CONFIG [--by name|order]] [--set key=value]...",
      .doc =
          "Reads a model that another program saved, and writes it as the folder of a run: a "
          "config to train it on with, and a checkpoint. Every command also takes such a file "
          "as it is. Weights without a model belong to the model of a config.",
      .example = "adjoint import model.keras -o runs/imported",
      .positional = {"file"},
      .options =
          {{"file",
            "Model (.keras, .h5, .onnx), or weights (.weights.h5, .h5, .safetensors, a state_dict, "
            ".npz)",
            Kind::text},
           out_option("Folder for config.toml and checkpoint.h5", "", "FOLDER"),
           {"config", "Config of the model to which weights without a model belong", Kind::text,
            "CONFIG"},
           {"by",
            "How weights find the layers of --config: by \"name\", or in their \"order\" "
            "(default: by name, or in order where the names do not fit)",
            Kind::text, "WAY"},
           set_option("Set a key of the config that is written, such as model.latent=LAYER"),
           json_option()},
      .run = import};
}

}  // namespace adjoint
