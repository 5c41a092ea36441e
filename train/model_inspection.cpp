#include "train/model_inspection.hpp"

#include <fmt/format.h>

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

Config config_of(const std::string& path, const Checkpoint& checkpoint) {
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
  const Config config = config_of(path, is_checkpoint(path) ? load_checkpoint(path) : Checkpoint{});
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
                          .batch = ShardedPlan::shard_size(batch),
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
  const Config config = config_of(path, checkpoint);
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

namespace {

// More would not be told apart in a picture, and the distances between them take their time.
constexpr Index kMostImages = 2000;

/// Grows image by image; all are of one shape.
class Collection {
 public:
  void add(ConstView image, ConstView code, const std::string& name) {
    if (names_.empty()) {
      image_ = image.shape;
      code_ = code.shape;
    }
    if (!(image.shape == image_)) {
      throw InputError(
          "--latent compares images of one size: \"{}\" is {}, and the ones before are {}", name,
          to_string(image.shape), to_string(image_));
    }
    images_.insert(images_.end(), image.data, image.data + image.size());
    codes_.insert(codes_.end(), code.data, code.data + code.size());
    names_.push_back(name);
  }
  Index count() const { return static_cast<Index>(names_.size()); }
  LatentImages finish() {
    const auto tensor = [&](const std::vector<Real>& numbers, const Shape& shape) {
      return copy_of({numbers.data(), shape.batched(count())});
    };
    return {.images = tensor(images_, image_),
            .codes = tensor(codes_, code_),
            .names = std::move(names_)};
  }

 private:
  Shape image_, code_;
  std::vector<Real> images_, codes_;
  std::vector<std::string> names_;
};

}  // namespace

LatentImages latent_images(ImageModel& model, ImageSource& source) {
  Collection all;
  while (const std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(batch->pixels);
    const Tensor codes = model.encode(images);
    const Shape image = images.shape.sample(), code = shape_of(codes).sample();
    for (Index i = 0; i < batch->count() && all.count() < kMostImages; ++i) {
      all.add(images.slice(i, 1).reshaped(image), view(codes).slice(i, 1).reshaped(code),
              batch->names[static_cast<std::size_t>(i)]);
    }
  }
  return all.finish();
}

LatentImages latent_validation_images(ImageModel& model, ThreadPool& pool) {
  const Config config = config_of(model.checkpoint(), model.trained().path);
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const Split split = open_split(config.data, seed, config.folder);
  if (!split.validation) {
    throw InputError("the model's config holds out no validation data; name images to look at");
  }
  const Dataset& data = *split.validation;
  Loader loader(split.validation, config.corruptions,
                {.batch_size = std::min<Index>(config.training.batch_size, kMostImages),
                 .seed = seed,
                 .shuffle = false,
                 .augmentation = config.augmentation,
                 .threads = pool.size()});
  loader.start(0);
  Collection all;
  std::vector<Index> labels;
  while (const Batch* batch = loader.next()) {
    if (all.count() >= kMostImages) break;
    const Tensor codes = model.encode(batch->input);
    const Shape code = shape_of(codes).sample();
    for (Index i = 0; i < batch->count() && all.count() < kMostImages; ++i) {
      labels.push_back(data.label(all.count()));
      all.add(batch->input.slice(i, 1).reshaped(loader.input_shape()),
              view(codes).slice(i, 1).reshaped(code), fmt::format("{:05}", all.count()));
    }
  }
  LatentImages images = all.finish();
  if (std::ranges::any_of(labels, [](Index label) { return label != kNoLabel; })) {
    images.labels = std::move(labels);
    images.label_names = data.label_names();
  }
  return images;
}

}  // namespace adjoint
