#include "train/image_model.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/image_ops.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

// Sizes that are tried beyond the one asked for: more than the product of any usual strides.
constexpr Index kMostPadding = 512;
constexpr Index kBatch = 64;

// Sides of tiles, tried in this order until the overlaps cost little: from here on nothing but the
// overlaps makes one size faster than another (measured), and small tiles take less memory. One
// tile a shard, so that all threads work on one image.
constexpr Index kTileSides[] = {256, 384, 512, 768, 1024, 1536, 2048};
constexpr Index kTileBatch = ShardedPlan::kShards;
constexpr double kFairOverhead = 1.08;
// More than this is worth it only where memory is short.
constexpr double kMostOverhead = 1.5;
constexpr Index kSmallTileSides[] = {192, 128, 96, 64, 48, 32};

Index usual_batch(const Shape& sample) {
  return std::clamp((Index{1} << 23) / sample.size(), Index{1}, kBatch);
}

/// The model of a config, with height and width left open if its layers allow that.
Model open_model(const Config& config) {
  ModelSpec open = config.model;
  if (open.input.rank() == 3) {
    open.input[0] = open.input[1] = 0;
    try {
      return build_model(open, 0);
    } catch (const InputError&) {
      // A Dense layer, say, fixes the size.
    }
  }
  return build_model(config.model, 0);
}

/// Output pixels for each input pixel along one axis; 1 where that is no whole number.
Index scale_along(const Model& model, int axis) {
  // A multiple of any usual stride, so that what "valid" cuts off cancels out.
  constexpr Index kFurther = 20160;
  const Shape near = model.example_shape();
  Shape far = near;
  if (model.input_shape()[axis] == 0) far[axis] += kFurther;
  try {
    Index input = near[axis], output = model.infer(near).back()[axis];
    if (far[axis] != near[axis]) {
      input = kFurther;
      output = model.infer(far).back()[axis] - output;
    }
    return output > 0 && output % input == 0 ? output / input : 1;
  } catch (const InputError&) {
    return 1;
  }
}

Extent2 scale_of(const Model& model) {
  if (model.nodes().back().layer == nullptr ||
      model.infer(model.example_shape()).back().rank() != 3)
    return {1, 1};
  return {scale_along(model, 0), scale_along(model, 1)};
}

/// Position i of an axis that is continued by reflection, without repeating the border.
Index reflected(Index i, Index extent) {
  if (extent == 1) return 0;
  const Index period = 2 * (extent - 1);
  const Index phase = i % period;
  return phase < extent ? phase : period - phase;
}

/// One channel of images, as images of one channel.
Tensor channel_of(ConstView images, Index channel) {
  const Index channels = images.shape.back();
  Shape shape = images.shape;
  shape[-1] = 1;
  Tensor part = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i) part.data()[i] = images[i * channels + channel];
  return part;
}

/// The input from which a model that enlarges makes at least this size.
Extent2 input_size(const Extent2& output, const Extent2& scale) {
  return {(output.h + scale.h - 1) / scale.h, (output.w + scale.w - 1) / scale.w};
}

Tensor cropped(const Tensor& images, Index height, Index width) {
  const Shape from = shape_of(images);
  if (from[1] == height && from[2] == width) return images;
  Tensor part = make_tensor({from[0], height, width, from[3]});
  for (Index n = 0; n < from[0]; ++n) {
    for (Index y = 0; y < height; ++y) {
      std::copy_n(images.data() + (n * from[1] + y) * from[2] * from[3], width * from[3],
                  part.data() + (n * height + y) * width * from[3]);
    }
  }
  return part;
}

/// Throws InputError naming the first parameter that holds a number that is not finite.
void check_finite(const Model& model, const std::string& checkpoint) {
  for (const Parameter& parameter : model.parameters()) {
    const auto bad =
        std::ranges::count_if(parameter.value, [](Real value) { return !std::isfinite(value); });
    if (bad == 0) continue;
    throw InputError(
        "{}: {} of the {} numbers of \"{}\" are not finite, and so would be all results; take an "
        "earlier checkpoint, or train again with a lower optimizer.learning_rate",
        checkpoint, bad, parameter.value.size(), parameter.name);
  }
}

}  // namespace

ImageModel::ImageModel(const std::string& checkpoint, ThreadPool& pool, std::size_t max_memory)
    : ImageModel(Hdf5File::open(find_checkpoint(checkpoint).string()), pool, max_memory) {}

ImageModel::ImageModel(const Hdf5File& file, ThreadPool& pool, std::size_t max_memory)
    : pool_(pool),
      max_memory_(max_memory),
      path_(file.path()),
      checkpoint_(load_checkpoint(file)),
      config_(parse_checkpoint_config(checkpoint_.config, checkpoint_.config_folder, path_)),
      normalization_(config_.data.normalization, checkpoint_.learned),
      model_(open_model(config_)),
      scale_(scale_of(model_)) {
  load_weights(file, model_);
  put_averages(checkpoint_.optimizer, model_);
  check_finite(model_, path_);
}

Index ImageModel::latent() const {
  if (model_.latent() < 0) {
    throw InputError(
        "the model has no latent layer; name one in its config: [model] latent = \"...\"");
  }
  return model_.latent();
}

bool ImageModel::gives_back(const Extent2& size) const {
  const Shape input{size.h, size.w, channels()};
  try {
    return model_.infer(input).back() == Shape{size.h * scale_.h, size.w * scale_.w, channels()};
  } catch (const InputError&) {
    return false;
  }
}

/// The side of a square that the model gives back.
Index ImageModel::fitting_square() const {
  const Index example = model_.example_shape()[0];
  for (Index side = example; side <= example + kMostPadding; ++side) {
    if (gives_back({side, side})) return side;
  }
  throw InputError("the model gives no image back at its own size");
}

Extent2 ImageModel::allowed_size(const Extent2& size) const {
  const Shape& fixed = model_.input_shape();
  if (fixed[0] != 0) {
    if (size == Extent2{fixed[0], fixed[1]}) return size;
    throw InputError(
        "the model takes images of {}x{} alone, because a layer of it depends on the size; got "
        "{}x{}",
        fixed[0], fixed[1], size.h, size.w);
  }
  if (gives_back(size)) return size;
  // The axes do not depend on each other: find each beside a size of the other that fits.
  const Index square = fitting_square();
  Extent2 allowed{0, 0};
  for (Index more = 0; more <= kMostPadding && allowed.h == 0; ++more) {
    if (gives_back({size.h + more, square})) allowed.h = size.h + more;
  }
  for (Index more = 0; more <= kMostPadding && allowed.w == 0; ++more) {
    if (gives_back({square, size.w + more})) allowed.w = size.w + more;
  }
  if (allowed.h == 0 || allowed.w == 0 || !gives_back(allowed)) {
    throw InputError("the model gives no image near {}x{} back at its own size", size.h, size.w);
  }
  return allowed;
}

std::vector<Contrast> ImageModel::normalize(View images) const {
  std::vector<Contrast> contrasts;
  if (!normalization_.any()) return contrasts;
  for (Index i = 0; i < images.shape[0]; ++i) {
    const View image = images.slice(i, 1);
    contrasts.push_back(normalization_.contrast(image));
    normalization_.apply(contrasts.back(), image);
  }
  return contrasts;
}

void ImageModel::restore(const std::vector<Contrast>& contrasts, View images) const {
  for (std::size_t i = 0; i < contrasts.size(); ++i)
    normalization_.undo(contrasts[i], images.slice(static_cast<Index>(i), 1));
}

Tensor ImageModel::enlarged(ConstView images) const {
  const Index height = images.shape[1], width = images.shape[2], channels = images.shape[3];
  const Extent2 size = allowed_size({height, width});
  if (size == Extent2{height, width}) return copy_of(images);
  Tensor result = make_tensor({images.shape[0], size.h, size.w, channels});
  Real* to = result.data();
  for (Index n = 0; n < images.shape[0]; ++n) {
    for (Index y = 0; y < size.h; ++y) {
      for (Index x = 0; x < size.w; ++x, to += channels) {
        const Index from = (n * height + reflected(y, height)) * width + reflected(x, width);
        std::copy_n(images.data + from * channels, channels, to);
      }
    }
  }
  return result;
}

Predictor& ImageModel::predictor(const Shape& input, Index batch, Index from, Index to) {
  const std::tuple key{to_string(input), batch, from, to};
  if (!predictor_ || key != predictor_key_) {
    predictor_.reset();  // its memory first
    predictor_ = std::make_unique<Predictor>(
        model_, Predictor::Options{.input = input, .batch = batch, .from = from, .to = to}, pool_);
    predictor_key_ = key;
  }
  return *predictor_;
}

bool ImageModel::fits(const Shape& sample, Index batch) const {
  return Predictor::memory(model_, {.input = sample, .batch = batch}, pool_) <= max_memory_;
}

ImageModel::Layout ImageModel::layout(const Shape& image) const {
  const auto tiles = [&](Index side) -> std::optional<Tiling> {
    std::optional<Tiling> tiling = tile_image(model_, {image[0], image[1]}, side);
    if (tiling && !fits({tiling->size.h, tiling->size.w, image[2]}, kTileBatch)) tiling.reset();
    return tiling;
  };
  const auto overhead = [&](const Tiling& tiling) {
    return static_cast<double>(tiling.pixels()) / static_cast<double>(image[0] * image[1]);
  };
  std::optional<Tiling> best;
  if (std::max(image[0], image[1]) > kTileSides[0]) {
    for (const Index side : kTileSides) {
      std::optional<Tiling> tiling = tiles(side);
      if (tiling && (!best || tiling->pixels() < best->pixels())) best = std::move(tiling);
      if (best && overhead(*best) <= kFairOverhead) break;
    }
  }
  if (best && overhead(*best) <= kMostOverhead) return {std::move(best), kTileBatch};
  for (Index batch = usual_batch(image); batch >= 1; batch /= 2) {
    if (fits(image, batch)) return {std::nullopt, batch};
  }
  for (const Index side : kSmallTileSides) {
    if (best) break;
    best = tiles(side);
  }
  if (best) return {std::move(best), kTileBatch};
  const bool cannot = !tile_image(model_, {image[0], image[1]}, std::max(image[0], image[1]) - 1);
  const std::size_t needed = Predictor::memory(model_, {.input = image, .batch = 1}, pool_);
  constexpr std::size_t kMega = std::size_t{1} << 20;
  throw InputError(
      "an image of {}x{} takes {}M of memory inside the model, more than the {}M that are "
      "allowed{}; allow more with --max-memory {}M",
      image[0], image[1], (needed + kMega - 1) / kMega, max_memory_ / kMega,
      cannot ? ", and the model cannot work on parts of it: a layer sees the whole image" : "",
      (needed + kMega - 1) / kMega);
}

Tensor ImageModel::run_tiled(ConstView images, const Tiling& tiling, Index batch) {
  const Index count = images.shape[0], channels = images.shape[3];
  const Shape sample{tiling.size.h, tiling.size.w, channels};
  Predictor& run = predictor(sample, batch, 0, -1);
  const Shape made = run.output_shape();
  Tensor result =
      make_tensor({count, images.shape[1] * scale_.h, images.shape[2] * scale_.w, channels});
  const Shape whole = shape_of(result);
  Tensor input = make_tensor(sample.batched(batch)), output = make_tensor(made.batched(batch));
  // Tile t is of image t / tiling.count().
  struct Place {
    Index image;
    const TileSpan &row, &column;
  };
  const auto place = [&](Index t) -> Place {
    const auto columns = static_cast<Index>(tiling.columns.size());
    const Index tile = t % tiling.count();
    return {t / tiling.count(), tiling.rows[static_cast<std::size_t>(tile / columns)],
            tiling.columns[static_cast<std::size_t>(tile % columns)]};
  };
  for (Index first = 0; first < count * tiling.count(); first += batch) {
    const Index tiles = std::min(batch, count * tiling.count() - first);
    for (Index t = 0; t < tiles; ++t) {
      const Place from = place(first + t);
      copy_part(images.slice(from.image, 1).reshaped(images.shape.sample()), from.row.origin,
                from.column.origin, view(input).slice(t, 1).reshaped(sample));
    }
    run.run(view(std::as_const(input)).slice(0, tiles), view(output).slice(0, tiles));
    for (Index t = 0; t < tiles; ++t) {
      const auto [image, row, column] = place(first + t);
      const Real* tile = output.data() + t * made.size();
      const Index top = row.origin * scale_.h, left = column.origin * scale_.w;
      for (Index y = row.first; y < row.end; ++y) {
        std::copy_n(tile + ((y - top) * made[1] + column.first - left) * channels,
                    (column.end - column.first) * channels,
                    result.data() + ((image * whole[1] + y) * whole[2] + column.first) * channels);
      }
    }
  }
  return result;
}

Tensor ImageModel::reconstruct(ConstView images) {
  if (channels() == 1 && images.shape[3] > 1) {
    const Index count = images.shape[3];
    Tensor result = make_tensor(
        {images.shape[0], images.shape[1] * scale_.h, images.shape[2] * scale_.w, count});
    for (Index c = 0; c < count; ++c) {
      const Tensor part = channel_of(images, c);
      const Tensor output = reconstruct(view(part));
      for (Index i = 0; i < shape_of(output).size(); ++i)
        result.data()[i * count + c] = output.data()[i];
    }
    return result;
  }
  if (images.shape[3] != channels()) {
    throw InputError("the model takes images of {} channels, got {}", channels(), images.shape[3]);
  }
  Tensor seen = copy_of(images);
  const std::vector<Contrast> contrasts = normalize(view(seen));
  const Tensor input = enlarged(view(std::as_const(seen)));
  const Shape image = shape_of(input).sample();
  if (!(image == layout_image_)) {
    layout_ = layout(image);
    layout_image_ = image;
  }
  const Tensor output = layout_.tiling ? run_tiled(view(input), *layout_.tiling, layout_.batch)
                                       : predictor(image, layout_.batch, 0, -1)(view(input));
  Tensor result = cropped(output, images.shape[1] * scale_.h, images.shape[2] * scale_.w);
  restore(contrasts, view(result));
  return result;
}

Tensor ImageModel::encode(ConstView images) {
  if (images.shape[3] != channels()) {
    throw InputError("the model takes images of {} channels, got {}", channels(), images.shape[3]);
  }
  Tensor seen = copy_of(images);
  normalize(view(seen));
  const Tensor input = enlarged(view(std::as_const(seen)));
  const Shape image = shape_of(input).sample();
  return predictor(image, usual_batch(image), 0, latent())(view(input));
}

Shape ImageModel::code_shape(std::optional<Extent2> size) const {
  const Index node = latent();
  const Shape& fixed = model_.input_shape();
  if (!size && fixed[0] == 0) {
    throw InputError("the model takes images of any size; say which one: --size HxW");
  }
  const Extent2 image = allowed_size(size.value_or(Extent2{fixed[0], fixed[1]}));
  return model_.infer({image.h, image.w, channels()})[static_cast<std::size_t>(node)];
}

Tensor ImageModel::decode(ConstView codes, std::optional<Extent2> size) {
  const Index node = latent();
  const auto has_such_codes = [&](const Extent2& candidate) {
    return gives_back(candidate) &&
           model_.infer({candidate.h, candidate.w, channels()})[node] == codes.shape.sample();
  };
  Extent2 image{0, 0};
  const Shape& fixed = model_.input_shape();
  if (fixed[0] != 0) {
    image = size ? allowed_size(input_size(*size, scale_)) : Extent2{fixed[0], fixed[1]};
  } else if (size) {
    image = allowed_size(input_size(*size, scale_));
  } else if (codes.shape.rank() == 4) {
    const Index square = fitting_square();
    for (Index extent = 1; extent <= codes.shape[1] * kMostPadding; ++extent) {
      if (gives_back({extent, square}) &&
          model_.infer({extent, square, channels()})[node][0] == codes.shape[1]) {
        image.h = extent;
      } else if (image.h > 0) {
        break;
      }
    }
    for (Index extent = 1; extent <= codes.shape[2] * kMostPadding; ++extent) {
      if (gives_back({square, extent}) &&
          model_.infer({square, extent, channels()})[node][1] == codes.shape[2]) {
        image.w = extent;
      } else if (image.w > 0) {
        break;
      }
    }
  }
  if (image.h == 0 || image.w == 0 || !has_such_codes(image)) {
    throw InputError("no image has codes of {}{}; were they made with this model?",
                     to_string(codes.shape.sample()),
                     size ? " and the size that --size names" : "");
  }
  const Shape shape{image.h, image.w, channels()};
  Tensor output = predictor(shape, usual_batch(shape), node, -1)(codes);
  if (size) output = cropped(output, size->h, size->w);
  normalization_.undo(normalization_.typical(), view(output));
  return output;
}

}  // namespace adjoint
