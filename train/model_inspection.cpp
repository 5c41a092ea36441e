#include "train/model_inspection.hpp"

#include <algorithm>

#include "datasets/loader.hpp"
#include "framework/graph/sharded_plan.hpp"
#include "framework/storage/checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

bool is_checkpoint(const std::string& path) {
  return std::filesystem::path(path).extension() == ".h5";
}

Config config_in(const std::string& path, const Checkpoint& checkpoint) {
  return is_checkpoint(path) ? config_of(checkpoint, path) : read_config_file(path, {});
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

}  // namespace

PlanReport inspect_plan(const std::string& path, std::optional<Extent2> size) {
  const Config config = config_in(path, is_checkpoint(path) ? load_checkpoint(path) : Checkpoint{});
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

Inspection inspect_file(const std::string& path, std::optional<Extent2> size) {
  std::optional<Hdf5File> file;
  if (is_checkpoint(path)) file.emplace(Hdf5File::open(path));
  const Checkpoint checkpoint = file ? load_checkpoint(*file) : Checkpoint{};
  const Config config = config_in(path, checkpoint);
  Model model = build_model(config.model, static_cast<std::uint64_t>(config.seed));
  if (file) {
    load_weights(*file, model);
    put_averages(checkpoint.optimizer, model);
  }

  const Shape input =
      size ? Shape{size->h, size->w, model.input_shape().back()} : typical_input(model);
  Inspection inspection =
      inspect(model, input, is_checkpoint(path) ? &checkpoint.initial_weights : nullptr);
  inspection.name = config.name;
  inspection.source = path;
  inspection.epochs = checkpoint.progress.epoch;
  inspection.input_is_example = !size && !(input == model.input_shape());
  return inspection;
}

}  // namespace adjoint
