#include <fmt/format.h>

#include "datasets/formats/image_file.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/find_checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/report_json.hpp"
#include "inference/inspection/report_text.hpp"
#include "inference/report/inspection_sections.hpp"
#include "train/commands/commands.hpp"
#include "train/commands/inspect_images.hpp"
#include "train/model_inspection.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

int inspect_layers(const Arguments& arguments, const std::string& path, const fs::path& folder,
                   std::optional<Extent2> size) {
  const std::optional<std::string> page = arguments.text_if_given("html");
  FileGuard guard;
  guard.reads(path);
  if (page) guard.writes(*page);
  guard.check();
  if (page) check_replaceable(*page, FileKind::html);
  const Inspection inspection =
      inspect_file(path, size, arguments.has("epochs") ? Epochs::kept : Epochs::none);
  const std::vector<Picture> pictures = draw_pictures(inspection);
  for (const Picture& picture : pictures) guard.writes(folder / picture.file);
  guard.check();

  Json result = report_json(inspection);
  std::string text = report_text(inspection);
  if (!pictures.empty() || page) text += "\n";
  if (!pictures.empty()) {
    make_folder(folder);
    text += fmt::format("pictures  {}\n", folder.string());
  }
  for (const Picture& picture : pictures) {
    write_image(folder / picture.file, view(picture.pixels));
    result["pictures"].push_back((folder / picture.file).string());
  }
  if (page) {
    write_text_file(*page, inspection_page(inspection, pictures).html());
    result["page"] = *page;
    text += fmt::format("page      {}\n", *page);
  }
  print_result(arguments, result, text);
  return 0;
}

int inspect(const Arguments& arguments) {
  std::string path = arguments.text("model");
  if (fs::is_directory(path)) path = find_checkpoint(path).string();
  const fs::path folder = arguments.has("out") ? fs::path(arguments.text("out"))
                                               : fs::path(path).parent_path() / "inspect";
  if (arguments.has("latent") && arguments.has("activations"))
    throw InputError("--latent and --activations exclude each other");
  if (arguments.has("latent")) return inspect_latent(arguments, path, folder);
  if (arguments.has("images")) {
    throw InputError(
        "unexpected argument \"{}\"; images are looked at with --latent or --activations",
        arguments.texts("images").front());
  }
  if (arguments.has("activations")) return inspect_activations(arguments, path, folder);
  const std::optional<Extent2> size = arguments.extent_if_given("input");
  if (!arguments.has("plan")) return inspect_layers(arguments, path, folder, size);
  const PlanReport report = inspect_plan(path, size);
  print_result(arguments, plan_json(report), plan_text(report));
  return 0;
}

}  // namespace

Command inspect_command() {
  using Kind = Option::Kind;
  return {
      .name = "inspect",
      .summary = "show the layers, kernels and latent space of a model",
      .usage =
          "CHECKPOINT|CONFIG [--out FOLDER] [--input HxW] [--epochs] [--html FILE] [--json] "
          "[--plan | --latent [IMAGES...] | --activations IMAGE]",
      .doc =
          "Shows the layers of a model, and how similar the kernels of its encoder and decoder are "
          "before and after training.",
      .example = "adjoint inspect runs/quickstart/best.h5 --html quickstart.html",
      .positional = {"model", "images"},
      .options =
          {{"model", "Checkpoint, or a TOML config for the layers alone", Kind::text},
           out_option("Folder for pictures of the kernels (default: \"inspect\" beside the "
                      "checkpoint)",
                      "", "FOLDER"),
           {"input",
            "Image size for the table of layers, or the part of the image that --activations shows",
            Kind::text, "HxW"},
           {"plan", "Show the plan of a training step instead: engines, fusion, memory"},
           {"latent",
            "Show the latent space instead: principal components, nearest neighbours, dead units"},
           {"activations",
            "Show instead what each layer makes of an image: its output's channels as pictures, "
            "range, zeros, silent channels",
            Kind::text, "IMAGE"},
           {"images", "Images for --latent: files, folders, arrays (default: the validation data)",
            Kind::texts},
           {"epochs",
            "Also show how the symmetric pairs changed over the epochs that training.keep_every "
            "kept"},
           {"html", "Also write everything as one HTML page", Kind::text, "FILE"},
           json_option()},
      .run = inspect};
}

}  // namespace adjoint
