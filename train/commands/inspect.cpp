#include <fmt/format.h>

#include "datasets/data_files.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/find_checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/inspection/latent_pictures.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/report_json.hpp"
#include "inference/inspection/report_text.hpp"
#include "inference/report/inspection_sections.hpp"
#include "train/commands/commands.hpp"
#include "train/latent_images.hpp"
#include "train/model_inspection.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

int inspect_latent(const Arguments& arguments, const std::string& checkpoint,
                   const fs::path& folder) {
  ProgramThreads pool;
  ImageModel model(checkpoint, pool);
  Terminal terminal;
  FileGuard guard;
  guard.reads(checkpoint);
  std::optional<ImageSource> source;
  if (arguments.has("images")) {
    source = open_images(arguments.texts("images"), model, white_for(model),
                         ImageSource::Unreadable::refuse, terminal);
    guard.reads(source->files());
  } else {
    guard.reads(data_files(model.trained().data, model.trained().folder));
  }
  for (const char* name : {"latent.svg", "latent.png", "neighbours.png"})
    guard.writes(folder / name);
  guard.check();
  const LatentImages images =
      source ? latent_images(model, *source) : latent_validation_images(model, pool);
  const LatentReport report = report_latent(images);

  make_folder(folder);
  std::vector<std::string> pictures{(folder / "latent.svg").string()};
  write_text_file(pictures.back(), latent_scatter_svg(report, images));
  const auto write_png = [&](const std::string& name, const Tensor& picture) {
    pictures.push_back((folder / name).string());
    write_image(pictures.back(), view(picture));
  };
  if (model.channels() == 1 || model.channels() == 3) {
    write_png("latent.png", latent_thumbnails(report, images));
    write_png("neighbours.png", neighbour_sheet(report, images));
  }
  Json result = latent_json(report, images);
  result["pictures"] = pictures;
  print_result(arguments, result,
               fmt::format("{}\npictures    {}", latent_text(report, images), folder.string()));
  return 0;
}

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
  if (arguments.has("latent")) return inspect_latent(arguments, path, folder);
  if (arguments.has("images")) {
    throw InputError("unexpected argument \"{}\"; images are looked at with --latent",
                     arguments.texts("images").front());
  }
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
          "[--plan | "
          "--latent [IMAGES...]]",
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
           {"input", "Image size for the table of layers", Kind::text, "HxW"},
           {"plan", "Show the plan of a training step instead: engines, fusion, memory"},
           {"latent",
            "Show the latent space instead: principal components, nearest neighbours, dead units"},
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
