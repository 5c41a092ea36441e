#include <fmt/format.h>

#include <charconv>

#include "datasets/formats/image_file.hpp"
#include "datasets/loader.hpp"
#include "framework/graph/sharded_plan.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/checkpoint.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/inspection/inspection.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/plan_report.hpp"
#include "inference/inspection/report_html.hpp"
#include "inference/inspection/report_json.hpp"
#include "inference/inspection/report_text.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "train/commands/commands.hpp"
#include "train/commands/inspect_latent.hpp"
#include "train/config.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

/// "64x48" as the model's input.
Shape read_input(const std::string& text, const Model& model) {
  Index height = 0, width = 0;
  const char *begin = text.data(), *end = begin + text.size();
  const auto [cross, height_error] = std::from_chars(begin, end, height);
  bool good = height_error == std::errc() && cross != end && *cross == 'x';
  if (good) {
    const auto [last, width_error] = std::from_chars(cross + 1, end, width);
    good = width_error == std::errc() && last == end && height > 0 && width > 0;
  }
  if (!good) {
    throw InputError("--input: expected a height and a width in pixels, such as 64x48, got \"{}\"",
                     text);
  }
  return {height, width, model.input_shape().back()};
}

bool is_checkpoint(const std::string& path) {
  return std::filesystem::path(path).extension() == ".h5";
}

Config config_of(const std::string& path, const Checkpoint& checkpoint) {
  return is_checkpoint(path) ? config_of(checkpoint, path) : read_config_file(path, {});
}

/// What a config's training works on: shape of an input, images in a batch.
struct TrainingSize {
  Shape input;
  Index batch;
};

/// Found in the data, as the trainer finds it; nothing if that is not here.
std::optional<TrainingSize> training_size(const Config& config) {
  try {
    const Split split =
        open_split(config.data, static_cast<std::uint64_t>(config.seed), config.folder);
    const Loader loader(split.train, config.corruptions,
                        {.batch_size = 1, .augmentation = config.augmentation});
    return TrainingSize{loader.input_shape(),
                        std::min(config.training.batch_size, split.train->size())};
  } catch (const InputError&) {
    return std::nullopt;
  }
}

PlanReport inspect_plan(const std::string& path, const std::optional<std::string>& input_text) {
  const Config config = config_of(path, is_checkpoint(path) ? load_checkpoint(path) : Checkpoint{});
  const std::optional<TrainingSize> trained = training_size(config);
  const Model model = build_model(config.model, static_cast<std::uint64_t>(config.seed));
  const std::unique_ptr<Loss> loss = make_loss(config.loss);
  Shape input = model.input_shape();
  if (input_text) {
    input = read_input(*input_text, model);
  } else if (input[0] == 0 || input[1] == 0) {
    input = trained ? trained->input : typical_input(model);
  }
  const Index batch = trained ? trained->batch : config.training.batch_size;
  const Plan plan(model, {.mode = Mode::training,
                          .input = input,
                          .batch = ShardedPlan::shard_size(batch),
                          .loss = loss.get(),
                          .engine = config.training.engine == "auto" ? "" : config.training.engine,
                          .precision = precision_of(config.training.precision)});
  PlanReport report = report_plan(model, plan, batch);
  report.name = config.name;
  return report;
}

Inspection inspect_file(const std::string& path, const std::optional<std::string>& input_text) {
  std::optional<Hdf5File> file;
  if (is_checkpoint(path)) file.emplace(Hdf5File::open(path));
  const Checkpoint checkpoint = file ? load_checkpoint(*file) : Checkpoint{};
  const Config config = config_of(path, checkpoint);
  Model model = build_model(config.model, static_cast<std::uint64_t>(config.seed));
  if (file) {
    load_weights(*file, model);
    put_averages(checkpoint.optimizer, model);
  }

  const Shape input = input_text ? read_input(*input_text, model) : typical_input(model);
  Inspection inspection =
      inspect(model, input, is_checkpoint(path) ? &checkpoint.initial_weights : nullptr);
  inspection.name = config.name;
  inspection.source = path;
  inspection.epochs = checkpoint.progress.epoch;
  inspection.input_is_example = !input_text && !(input == model.input_shape());
  return inspection;
}

void write_pictures(const std::vector<Picture>& pictures, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw RunError("cannot make the folder {}: {}; name another one with --out", folder.string(),
                   error.message());
  }
  for (const Picture& picture : pictures) write_image(folder / picture.file, view(picture.pixels));
}

}  // namespace

int run_inspect(int argc, char** argv) {
  CommandLine line(
      "inspect CHECKPOINT|CONFIG [--out FOLDER] [--input HxW] [--html FILE] [--json] [--plan | "
      "--latent [IMAGES...]]",
      "Shows a model's layers and how the kernels of its encoder and decoder relate, "
      "before and after training.",
      "adjoint inspect runs/quickstart/best.h5 --html quickstart.html");
  line.options()("model", "Checkpoint, or a TOML config for the layers alone",
                 cxxopts::value<std::string>())(
      "o,out", "Folder for pictures of the kernels (default: \"inspect\" beside the checkpoint)",
      cxxopts::value<std::string>(), "FOLDER")(
      "input", "Size of the image that the table of layers is for", cxxopts::value<std::string>(),
      "HxW")("plan", "Show instead how a training step is carried out: engines, fusion, memory")(
      "latent", "Show instead how codes of images lie: directions, nearest neighbours, dead units")(
      "images", "With --latent: image files, folders, arrays; else the validation data",
      cxxopts::value<std::vector<std::string>>())("html", "Write everything as one page too",
                                                  cxxopts::value<std::string>(),
                                                  "FILE")("json", "Print the result as JSON");
  line.positional({"model", "images"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  std::string path = line.required(*arguments, "model");
  if (std::filesystem::is_directory(path)) path = find_checkpoint(path).string();
  const auto given = [&](const std::string& name) -> std::optional<std::string> {
    if (arguments->count(name) == 0) return std::nullopt;
    return (*arguments)[name].as<std::string>();
  };

  const std::filesystem::path folder =
      given("out").value_or((std::filesystem::path(path).parent_path() / "inspect").string());
  std::vector<std::string> images;
  if (arguments->count("images") > 0)
    images = (*arguments)["images"].as<std::vector<std::string>>();
  if (arguments->count("latent") > 0)
    return inspect_latent(path, images, folder, arguments->count("json") > 0);
  if (!images.empty()) {
    throw InputError("unexpected argument \"{}\"; images are looked at with --latent",
                     images.front());
  }

  if (arguments->count("plan") > 0) {
    const PlanReport report = inspect_plan(path, given("input"));
    if (arguments->count("json") > 0) {
      fmt::print("{}\n", json_text(plan_json(report)));
    } else {
      fmt::print("{}", plan_text(report));
    }
    return 0;
  }

  const std::optional<std::string> page = given("html");
  FileGuard guard;
  guard.reads(path);
  if (page) guard.writes(*page);
  guard.check();
  if (page) check_replaceable(*page, FileKind::html);
  const Inspection inspection = inspect_file(path, given("input"));
  const std::vector<Picture> pictures = draw_pictures(inspection);
  for (const Picture& picture : pictures) guard.writes(folder / picture.file);
  guard.check();
  if (!pictures.empty()) write_pictures(pictures, folder);
  if (page) write_text_file(*page, report_html(inspection, pictures));

  if (arguments->count("json") > 0) {
    nlohmann::ordered_json result = report_json(inspection);
    for (const Picture& picture : pictures)
      result["pictures"].push_back((folder / picture.file).string());
    if (page) result["page"] = *page;
    fmt::print("{}\n", json_text(result));
    return 0;
  }
  fmt::print("{}", report_text(inspection));
  if (!pictures.empty() || page) fmt::print("\n");
  if (!pictures.empty()) fmt::print("pictures  {}\n", folder.string());
  if (page) fmt::print("page      {}\n", *page);
  return 0;
}

}  // namespace adjoint
