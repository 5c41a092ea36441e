#include "train/commands/inspect_images.hpp"

#include <fmt/format.h>

#include "datasets/data_files.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/inspection/latent/latent_pictures.hpp"
#include "inference/inspection/layers/activation_pictures.hpp"
#include "inference/report/inspection_sections.hpp"
#include "train/latent_images.hpp"
#include "train/model_inspection.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {

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

int inspect_activations(const Arguments& arguments, const std::string& checkpoint,
                        const fs::path& folder) {
  ProgramThreads pool;
  ImageModel model(checkpoint, pool);
  Terminal terminal;
  FileGuard guard;
  guard.reads(checkpoint);
  ImageSource source = open_images({arguments.text("activations")}, model, white_for(model),
                                   ImageSource::Unreadable::refuse, terminal);
  guard.reads(source.files());
  const std::optional<std::string> page = arguments.text_if_given("html");
  if (page) guard.writes(*page);
  guard.check();
  if (page) check_replaceable(*page, FileKind::html);
  const ActivationReport report =
      inspect_activations(model, source, arguments.extent_if_given("input"));
  const std::vector<Picture> pictures = draw_activations(report);
  for (const Picture& picture : pictures) guard.writes(folder / picture.file);
  guard.check();

  Json result = activation_json(report);
  std::string text = activation_text(report);
  make_folder(folder);
  for (const Picture& picture : pictures) {
    write_image(folder / picture.file, view(picture.pixels));
    result["pictures"].push_back((folder / picture.file).string());
  }
  text += fmt::format("\npictures    {}\n", folder.string());
  if (page) {
    write_text_file(*page, activation_page(model.trained().name, report, pictures).html());
    result["page"] = *page;
    text += fmt::format("page        {}\n", *page);
  }
  print_result(arguments, result, text);
  return 0;
}

}  // namespace adjoint
