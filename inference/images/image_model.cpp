#include "inference/images/image_model.hpp"

#include <algorithm>
#include <bit>

#include "datasets/image_ops.hpp"
#include "framework/graph/inference_model.hpp"
#include "framework/tensor/border.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/symmetry.hpp"

namespace adjoint {
namespace {

constexpr Index kBatch = 64;

// Sides of tiles, tried in this order until the overlaps cost little: from here on nothing but the
// overlaps makes one size faster than another (measured), and small tiles take less memory. One
// tile a shard, so that all threads work on one image.
constexpr Index kTileSides[] = {256, 384, 512, 768, 1024, 1536, 2048};
constexpr Index kTileBatch = Sharding::kDefault;
constexpr double kFairOverhead = 1.08;
// More than this is worth it only where memory is short.
constexpr double kMostOverhead = 1.5;
constexpr Index kSmallTileSides[] = {192, 128, 96, 64, 48, 32};

/// One channel of images, as images of one channel.
Tensor channel_of(ConstView images, Index channel) {
  const Index channels = images.shape.back();
  Shape shape = images.shape;
  shape[-1] = 1;
  Tensor part = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i) part.data()[i] = images[i * channels + channel];
  return part;
}

Tensor cropped(Tensor images, Index height, Index width) {
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

struct TilePlace {
  Index image;
  const TileSpan &row, &column;
};

/// Where tile t of some images lies: it is one of image t / tiling.count().
TilePlace place_of(const Tiling& tiling, Index t) {
  const auto columns = static_cast<Index>(tiling.columns.size());
  const Index tile = t % tiling.count();
  return {t / tiling.count(), tiling.rows[static_cast<std::size_t>(tile / columns)],
          tiling.columns[static_cast<std::size_t>(tile % columns)]};
}

/// The one sample of a batch of one.
Tensor only_sample(const Tensor& batch) {
  return copy_of(view(batch).reshaped(shape_of(batch).sample()));
}

}  // namespace

ImageModel::ImageModel(const std::filesystem::path& checkpoint, ThreadPool& pool,
                       std::size_t max_memory)
    : ImageModel(TrainedModel::load(checkpoint), pool, max_memory) {}

ImageModel::ImageModel(TrainedModel trained, ThreadPool& pool, std::size_t max_memory)
    : trained_(std::make_unique<const TrainedModel>(std::move(trained))),
      running_(std::make_unique<const Model>(inference_model(trained_->model))),
      pool_(pool),
      max_memory_(max_memory),
      sizes_(trained_->model) {}

Index ImageModel::usual_batch(const Shape& sample) {
  const Index most = std::clamp((Index{1} << 23) / sample.size(), Index{1}, kBatch);
  return static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(most)));
}

Index ImageModel::together(const Extent2& image) {
  // Those of a shard. Larger images, and those of more channels, run in smaller ones.
  return Sharding{}.shard_size(usual_batch({image.h, image.w, 1}));
}

/// Throws InputError unless a shape is that of images that the model takes, (n, h, w, c).
void ImageModel::check_images(const Shape& shape) const {
  if (shape.rank() != 4) {
    throw InputError(
        "the model takes an image (height, width, channels) or a batch (count, height, width, "
        "channels); got {}",
        to_string(shape));
  }
  if (channels() != 1 && shape.back() != channels()) refuse_channels(shape.back());
}

void ImageModel::refuse_channels(Index got) const {
  throw InputError("the model takes images of {} channel{}, got {}", channels(),
                   channels() == 1 ? "" : "s", got);
}

Index ImageModel::latent() const {
  if (model().latent() < 0) {
    throw InputError(
        "the model has no latent layer; name one in its config, [model] latent = \"...\", or for a "
        "model of another program by `adjoint import MODEL --set model.latent=LAYER -o RUN`");
  }
  return running_->latent();
}

ConstView ImageModel::normalized(ConstView images, const std::vector<Contrast>& contrasts,
                                 Tensor& room) const {
  if (!normalization().any()) return images;
  room = copy_of(images);
  normalization().apply(contrasts, view(room));
  return view(std::as_const(room));
}

ConstView ImageModel::enlarged(ConstView images, Tensor& room) const {
  const Index height = images.shape[1], width = images.shape[2], channels = images.shape[3];
  const Extent2 size = sizes_.allowed({height, width});
  if (size == Extent2{height, width}) return images;
  room = make_tensor({images.shape[0], size.h, size.w, channels});
  Real* to = room.data();
  for (Index n = 0; n < images.shape[0]; ++n) {
    for (Index y = 0; y < size.h; ++y) {
      for (Index x = 0; x < size.w; ++x, to += channels) {
        const Index from = (n * height + border_source(Border::reflect, y, height)) * width +
                           border_source(Border::reflect, x, width);
        std::copy_n(images.data + from * channels, channels, to);
      }
    }
  }
  return view(std::as_const(room));
}

Predictor& ImageModel::predictor(const Shape& input, Index batch, Index from, Index to) {
  const std::tuple key{to_string(input), batch, from, to};
  if (!predictor_ || key != predictor_key_) {
    predictor_.reset();  // its memory first
    predictor_ = std::make_unique<Predictor>(
        *running_, Predictor::Options{.input = input, .batch = batch, .from = from, .to = to},
        pool_);
    predictor_key_ = key;
  }
  return *predictor_;
}

bool ImageModel::fits(const Shape& sample, Index batch) const {
  return Predictor::memory(*running_, {.input = sample, .batch = batch}) <= max_memory_;
}

ImageModel::Layout ImageModel::layout(const Shape& image) const {
  const auto tiles = [&](Index side) { return tile_image(model(), {image[0], image[1]}, side); };
  const auto tiles_fit = [&](const Tiling& tiling) {
    return fits({tiling.size.h, tiling.size.w, image[2]}, kTileBatch);
  };
  const auto overhead = [&](const Tiling& tiling) {
    return static_cast<double>(tiling.pixels()) / static_cast<double>(image[0] * image[1]);
  };
  std::vector<Tiling> better;  // each has fewer pixels than the one before
  if (std::max(image[0], image[1]) > kTileSides[0]) {
    for (const Index side : kTileSides) {
      std::optional<Tiling> tiling = tiles(side);
      if (tiling && (better.empty() || tiling->pixels() < better.back().pixels()))
        better.push_back(std::move(*tiling));
      if (!better.empty() && overhead(better.back()) <= kFairOverhead) break;
    }
  }
  // To know what one takes it has to be planned: from the best on, until one fits.
  while (!better.empty() && !tiles_fit(better.back())) better.pop_back();
  std::optional<Tiling> best;
  if (!better.empty()) best = std::move(better.back());
  if (best && overhead(*best) <= kMostOverhead) return {std::move(best), kTileBatch};
  for (Index batch = usual_batch(image); batch >= 1; batch /= 2) {
    if (fits(image, batch)) return {std::nullopt, batch};
  }
  for (const Index side : kSmallTileSides) {
    if (best) break;
    best = tiles(side);
    if (best && !tiles_fit(*best)) best.reset();
  }
  if (best) return {std::move(best), kTileBatch};
  const bool cannot = !tile_image(model(), {image[0], image[1]}, std::max(image[0], image[1]) - 1);
  const std::size_t needed = Predictor::memory(*running_, {.input = image, .batch = 1});
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
  const Index tiles = count * tiling.count();
  Predictor& run = predictor({tiling.size.h, tiling.size.w, channels}, batch, 0, -1);
  const Shape made = run.output_shape();
  Tensor result =
      make_tensor({count, images.shape[1] * scale().h, images.shape[2] * scale().w, channels});
  const Shape whole = shape_of(result);
  // In turns of a batch for each rank; the last ones are shared alike.
  const Index turn = batch * ranks_->size();
  Tensor outputs = make_tensor(made.batched(std::min(turn, tiles)));
  std::vector<Index> ends(static_cast<std::size_t>(ranks_->size()));
  for (Index first = 0; first < tiles; first += turn) {
    if (between_parts_) between_parts_();
    const Index some = std::min(turn, tiles - first);
    for (int r = 0; r < ranks_->size(); ++r)
      ends[static_cast<std::size_t>(r)] = some * (r + 1) / ranks_->size();
    const Index end = ends[static_cast<std::size_t>(ranks_->rank())];
    const Index begin = some * ranks_->rank() / ranks_->size();
    run_tiles(images, tiling, run, first + begin, view(outputs).slice(begin, end - begin));
    for (Index& values : ends) values *= made.size();
    gather_all(*ranks_, std::span(outputs.data(), static_cast<std::size_t>(some * made.size())),
               ends);
    run_tasks(pool_, some, some * made.size(), [&](Index t) {
      const auto [image, row, column] = place_of(tiling, first + t);
      const Real* tile = outputs.data() + t * made.size();
      const Index top = row.origin * scale().h, left = column.origin * scale().w;
      for (Index y = row.first; y < row.end; ++y) {
        std::copy_n(tile + ((y - top) * made[1] + column.first - left) * channels,
                    (column.end - column.first) * channels,
                    result.data() + ((image * whole[1] + y) * whole[2] + column.first) * channels);
      }
    });
  }
  return result;
}

/// Tiles from `first` on, as many as there are outputs.
void ImageModel::run_tiles(ConstView images, const Tiling& tiling, Predictor& run, Index first,
                           View outputs) const {
  const Index count = outputs.shape[0];
  Tensor input = make_tensor(run.input_shape().batched(count));
  run_tasks(pool_, count, shape_of(input).size(), [&](Index t) {
    const TilePlace from = place_of(tiling, first + t);
    copy_part(images.slice(from.image, 1).reshaped(images.shape.sample()), from.row.origin,
              from.column.origin, view(input).slice(t, 1).reshaped(run.input_shape()));
  });
  run.run(view(std::as_const(input)), outputs);
}

Tensor ImageModel::reconstruct(ConstView images) {
  if (images.shape.rank() == 3)
    return only_sample(reconstruct(images.reshaped(images.shape.batched(1))));
  Output output = run(images);
  normalization().undo(output.contrasts, view(output.numbers));
  return std::move(output.numbers);
}

ImageModel::Output ImageModel::run(ConstView images) {
  check_images(images.shape);
  std::vector<Contrast> contrasts = normalization().contrasts(images);
  Tensor room;
  const ConstView input = normalized(images, contrasts, room);
  return {averages_symmetries_ ? run_symmetries(input) : run_normalized(input),
          std::move(contrasts)};
}

Tensor ImageModel::run_symmetries(ConstView images) {
  const Index height = images.shape[1], width = images.shape[2];
  const Shape& own = model().input_shape();
  const bool transposes = own[0] == own[1] && scale().h == scale().w && height > 1 && width > 1;
  const std::vector<Symmetry> symmetries = symmetries_of(height, width, transposes);
  Tensor mean = make_tensor(
      {images.shape[0], height * scale().h, width * scale().w, images.shape[3]}, Real{0});
  Tensor restored = make_tensor(shape_of(mean));
  for (const Symmetry& symmetry : symmetries) {
    Tensor transformed = make_tensor(symmetry.output_shape(images.shape));
    apply(symmetry, images, view(transformed));
    const Tensor output = run_normalized(view(std::as_const(transformed)));
    apply_inverse(symmetry, view(output), view(restored));
    mean += restored;
  }
  const Real share = Real{1} / static_cast<Real>(symmetries.size());
  for (Real& number : mean) number *= share;
  return mean;
}

Tensor ImageModel::run_normalized(ConstView images) {
  if (between_parts_) between_parts_();
  const Shape made{images.shape[0], images.shape[1] * scale().h, images.shape[2] * scale().w,
                   images.shape[3]};
  if (channels() == 1 && images.shape[3] > 1) {
    const Index count = images.shape[3];
    Tensor result = make_tensor(made);
    for (Index c = 0; c < count; ++c) {
      const Tensor part = channel_of(images, c);
      const Tensor output = run_normalized(view(part));
      for (Index i = 0; i < shape_of(output).size(); ++i)
        result.data()[i * count + c] = output.data()[i];
    }
    return result;
  }
  Tensor room;
  const ConstView input = enlarged(images, room);
  const Shape image = input.shape.sample();
  if (!(image == layout_image_)) {
    layout_ = layout(image);
    layout_image_ = image;
  }
  Tensor output = layout_.tiling ? run_tiled(input, *layout_.tiling, layout_.batch)
                                 : predictor(image, layout_.batch, 0, -1)(input);
  return cropped(std::move(output), made[1], made[2]);
}

Tensor ImageModel::encode(ConstView images) {
  if (images.shape.rank() == 3)
    return only_sample(encode(images.reshaped(images.shape.batched(1))));
  check_images(images.shape);
  if (images.shape.back() != channels()) refuse_channels(images.shape.back());
  Tensor numbers, room;
  const ConstView input =
      enlarged(normalized(images, normalization().contrasts(images), numbers), room);
  const Shape image = input.shape.sample();
  return predictor(image, usual_batch(image), 0, latent())(input);
}

std::vector<Tensor> ImageModel::layer_outputs(ConstView image) {
  const ConstView images = image.reshaped(image.shape.batched(1));
  check_images(images.shape);
  if (images.shape.back() != channels()) refuse_channels(images.shape.back());
  Tensor numbers, room;
  const ConstView input =
      enlarged(normalized(images, normalization().contrasts(images), numbers), room);
  std::vector<Tensor> outputs{only_sample(copy_of(input))};
  // The model as it is: the faster one has fewer layers.
  for (Index node = 1; node <= model().output(); ++node) {
    Predictor predictor(model(), {.input = input.shape.sample(), .batch = 1, .to = node}, pool_);
    outputs.push_back(only_sample(predictor(input)));
  }
  return outputs;
}

Shape ImageModel::code_shape(std::optional<Extent2> size) const {
  const Index node = latent();
  const Shape& fixed = model().input_shape();
  if (!size && fixed[0] == 0) {
    throw InputError("the model takes images of any size; say which one: --size HxW");
  }
  const Extent2 image = sizes_.allowed(size.value_or(Extent2{fixed[0], fixed[1]}));
  return running_->infer({image.h, image.w, channels()})[static_cast<std::size_t>(node)];
}

Tensor ImageModel::decode(ConstView codes, std::optional<Extent2> size) {
  const Index node = latent();
  const Extent2 image = sizes_.of_codes(model().latent(), codes.shape.sample(), size);
  const Shape shape{image.h, image.w, channels()};
  Tensor output = predictor(shape, usual_batch(shape), node, -1)(codes);
  if (size) output = cropped(std::move(output), size->h, size->w);
  normalization().undo(normalization().typical(), view(output));
  return output;
}

}  // namespace adjoint
