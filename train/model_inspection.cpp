#include "train/model_inspection.hpp"

#include <algorithm>

#include "datasets/image_ops.hpp"
#include "datasets/loader.hpp"
#include "framework/graph/sharded_plan.hpp"
#include "framework/storage/checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/trained_model.hpp"
#include "models/build_model.hpp"
#include "models/formats/model_format.hpp"
#include "train/config.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

constexpr Index kActivationSize = 256;  // pixels along a side: pictures that fit a screen

/// What a file says of a model: a config, a checkpoint or a model of another program's.
struct Described {
  Config config;
  std::optional<Checkpoint> checkpoint;  // a trained model's
  std::optional<Model> model;            // as it was trained
  bool initial_known = true;             // the weights before training
};

Described describe(const std::string& path) {
  if (std::filesystem::path(path).extension() == ".toml")
    return {read_config_file(path, {}), {}, {}};
  if (is_foreign_model(path)) {
    const ForeignModel foreign = read_foreign_model(path);
    Checkpoint checkpoint;
    checkpoint.config = foreign_config(foreign);
    Config config = config_of(checkpoint, path);
    Model model = build_model(foreign, path);
    checkpoint.initial_weights = copy_weights(model);  // what they were is not known
    return {std::move(config), std::move(checkpoint), std::move(model), false};
  }
  const Hdf5File file = Hdf5File::open_model(path);
  Checkpoint checkpoint = load_checkpoint(file);
  Config config = config_of(checkpoint, path);
  Model model = build_model(config.model, static_cast<std::uint64_t>(config.seed));
  load_weights(file, model);
  put_averages(checkpoint.optimizer, model);
  return {std::move(config), std::move(checkpoint), std::move(model)};
}

/// Shape of an input and images in a batch, as training by a config takes them.
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

/// The epochs that training.keep_every kept in the folder of a checkpoint.
void add_kept_epochs(Inspection& inspection, const std::string& path, Model model) {
  if (!inspection.trained) {
    throw InputError("--epochs compares the checkpoints of a run, and {} is a config; name a run",
                     path);
  }
  const RunFolder run(std::filesystem::path(path).parent_path());
  const std::vector<Index> epochs = run.kept_epochs();
  if (epochs.empty()) {
    throw InputError(
        "--epochs shows the checkpoints that training.keep_every keeps of a run, and there are "
        "none in {}; train with --set training.keep_every=1",
        run.kept(1).parent_path().string());
  }
  for (const Index epoch : epochs) {
    const Hdf5File file = Hdf5File::open_model(run.kept(epoch).string());
    const Checkpoint checkpoint = load_checkpoint(file);
    load_weights(file, model);
    put_averages(checkpoint.optimizer, model);
    add_epoch(inspection, epoch, model);
  }
}

}  // namespace

PlanReport inspect_plan(const std::string& path, std::optional<Extent2> size) {
  const Config config = describe(path).config;
  const std::optional<TrainingSize> trained = training_size(config);
  const Model model = build_model(config.model, static_cast<std::uint64_t>(config.seed));
  const std::unique_ptr<Loss> loss = make_loss(config.loss);
  Shape input = model.input_shape();
  if (size) {
    input = {size->h, size->w, input.back()};
  } else if (input[0] == 0 || input[1] == 0) {
    input = trained ? trained->input : typical_input(model);
  }
  const Index batch = trained ? trained->batch : config.training.batch_size;
  const Plan plan(model, {.mode = Mode::training,
                          .input = input,
                          .batch = Sharding{.shards = config.training.shards}.shard_size(batch),
                          .loss = loss.get(),
                          .convolution = convolution_options(config.training)});
  PlanReport report = report_plan(model, plan, batch);
  report.name = config.name;
  return report;
}

Inspection inspect_file(const std::string& path, std::optional<Extent2> size, Epochs epochs) {
  Described described = describe(path);
  const Config& config = described.config;
  const Model model = described.model
                          ? std::move(*described.model)
                          : build_model(config.model, static_cast<std::uint64_t>(config.seed));
  const std::map<std::string, Tensor>* initial =
      described.checkpoint ? &described.checkpoint->initial_weights : nullptr;
  const Shape input =
      size ? Shape{size->h, size->w, model.input_shape().back()} : typical_input(model);
  Inspection inspection = inspect(model, input, initial);
  inspection.name = config.name;
  inspection.source = path;
  inspection.initial_known = described.initial_known;
  if (described.checkpoint) {
    inspection.epochs = described.checkpoint->progress.epoch;
    const Normalization normalization(config.data.normalization, described.checkpoint->learned);
    inspection.checkerboard = measure_checkerboard(model, normalization);
  }
  inspection.input_is_example = !size && !(input == model.input_shape());
  if (epochs == Epochs::kept) add_kept_epochs(inspection, path, model);
  return inspection;
}

ActivationReport inspect_activations(ImageModel& model, ImageSource& source,
                                     std::optional<Extent2> size) {
  const std::optional<ImageBatch> batch = source.next();
  if (!batch) throw InputError("no image can be read");
  const Shape whole = shape_of(batch->pixels).sample();
  const Tensor image =
      with_channels(view(batch->pixels).slice(0, 1).reshaped(whole), model.channels());
  const Shape& fixed = model.model().input_shape();
  const auto part = [&](Index asked, Index own, Index all) {
    return std::min(size ? asked : own > 0 ? own : kActivationSize, all);
  };
  const Extent2 wanted = size.value_or(Extent2{});
  Tensor middle = make_tensor(
      {part(wanted.h, fixed[0], whole[0]), part(wanted.w, fixed[1], whole[1]), model.channels()});
  const Shape input = shape_of(middle);
  copy_part(view(image), (whole[0] - input[0]) / 2, (whole[1] - input[1]) / 2, view(middle));
  return {.image = batch->names[0],
          .whole = whole,
          .input = input,
          .layers =
              report_activations(model.model(), model.layer_outputs(view(std::as_const(middle))))};
}

}  // namespace adjoint
