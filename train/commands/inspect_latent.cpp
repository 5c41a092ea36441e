#include "train/commands/inspect_latent.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/data_files.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/loader.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/inspection/latent_pictures.hpp"
#include "train/program/json_text.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
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

LatentImages of_inputs(ImageModel& model, const std::vector<std::string>& inputs) {
  Terminal terminal;
  ImageSource source =
      open_images(inputs, model, white_for(model), ImageSource::Unreadable::refuse, terminal);
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

/// As training saw them, corruption included: the first ones.
LatentImages of_validation_data(ImageModel& model, ThreadPool& pool) {
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

}  // namespace

int inspect_latent(const std::string& checkpoint, const std::vector<std::string>& inputs,
                   const std::filesystem::path& folder, bool json) {
  ProgramThreads pool;
  ImageModel model(checkpoint, pool);
  const LatentImages images =
      inputs.empty() ? of_validation_data(model, pool) : of_inputs(model, inputs);
  const LatentReport report = report_latent(images);

  FileGuard guard;
  guard.reads(checkpoint);
  guard.reads(inputs.empty() ? data_files(model.trained().data, model.trained().folder) : inputs);
  for (const char* name : {"latent.svg", "latent.png", "neighbours.png"})
    guard.writes(folder / name);
  guard.check();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw RunError("cannot make the folder {}: {}; name another one with --out", folder.string(),
                   error.message());
  }
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
  if (json) {
    nlohmann::ordered_json result = latent_json(report, images);
    result["pictures"] = pictures;
    fmt::print("{}\n", json_text(result));
  } else {
    fmt::print("{}\npictures    {}\n", latent_text(report, images), folder.string());
  }
  return 0;
}

}  // namespace adjoint
