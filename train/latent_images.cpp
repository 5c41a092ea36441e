#include "train/latent_images.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/loader.hpp"
#include "framework/tensor/error.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

// More points cannot be told apart in a picture, and the time for their distances grows with the
// square.
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

LatentImages latent_validation_images(ImageModel& model, ThreadPool& pool, Index most,
                                      Index numbers) {
  const Config config = config_of(model.checkpoint(), model.trained().path);
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const Split split = open_split(config.data, seed, config.folder);
  if (!split.validation) {
    throw InputError("the model's config holds out no validation data; name images to look at");
  }
  const Dataset& data = *split.validation;
  const Index fitting = std::max<Index>(numbers / std::max<Index>(data.shape().size(), 1), 2);
  most = std::min({most, fitting, kMostImages});
  Loader loader(split.validation, config.corruptions,
                {.batch_size = std::min(config.training.batch_size, most),
                 .seed = seed,
                 .shuffle = false,
                 .augmentation = config.augmentation,
                 .threads = pool.size()});
  loader.start(0);
  Collection all;
  std::vector<Index> labels;
  while (const Batch* batch = loader.next()) {
    if (all.count() >= most) break;
    const Tensor codes = model.encode(batch->input);
    const Shape code = shape_of(codes).sample();
    for (Index i = 0; i < batch->count() && all.count() < most; ++i) {
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
