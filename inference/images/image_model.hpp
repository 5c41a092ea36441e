#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "framework/graph/predictor.hpp"
#include "inference/images/image_sizes.hpp"
#include "inference/images/tiling.hpp"
#include "inference/images/trained_model.hpp"

namespace adjoint {

/// A trained model, ready for images of any size that its layers allow.
class ImageModel {
 public:
  static constexpr std::size_t kDefaultMemory = std::size_t{1} << 30;

  /// Images of one size, counted from the first of a call, of which one may change the others'
  /// last bits: engines run them together. 1, or more for small images.
  static Index together(const Extent2& image);

  /// Samples of that shape that run at once where memory allows it. A power of two, as are its
  /// halves where memory is short: shards of the one are whole shards of the other.
  static Index usual_batch(const Shape& sample);

  /// Reads a checkpoint (see TrainedModel::load()). `max_memory` bounds the bytes of activations
  /// that reconstruct() holds at once. Throws InputError like load().
  ImageModel(const std::filesystem::path& checkpoint, ThreadPool& pool,
             std::size_t max_memory = kDefaultMemory);
  ImageModel(TrainedModel trained, ThreadPool& pool, std::size_t max_memory = kDefaultMemory);

  /// Makes reconstruct() and run() collective: the ranks share the tiles of an image that runs in
  /// tiles, and all of them have the result.
  void share_tiles(Ranks& ranks) { ranks_ = &ranks; }

  /// Test-time augmentation: reconstruct() and run() return the mean of the model's outputs for the
  /// eight flips and rotations of an image, in eight times the time. Rotations by a right angle are
  /// left out for images of one row or column, for a model of one input size that is not square,
  /// and for a model that enlarges height and width by different factors.
  /// Source: Timofte et al., "Seven ways to improve example-based single image super resolution"
  /// (CVPR 2016).
  void average_symmetries(bool on) { averages_symmetries_ = on; }

  /// Has this called between parts of a long run, such as batches of tiles; what it throws ends the
  /// run.
  void between_parts(std::function<void()> call) { between_parts_ = std::move(call); }

  const TrainedModel& trained() const { return *trained_; }
  const Model& model() const { return trained_->model; }
  /// The threads that it runs on.
  ThreadPool& pool() const { return pool_; }
  const Normalization& normalization() const { return trained_->normalization; }
  const Checkpoint& checkpoint() const { return trained_->checkpoint; }
  Index channels() const { return model().input_shape().back(); }
  /// Output pixels for each input pixel, along height and width: 1, or more if the model enlarges.
  const Extent2& scale() const { return sizes_.scale(); }

  /// Shape of what reconstruct() makes of an image of that one, (height, width, channels); empty
  /// for an empty one.
  Shape output_shape(const Shape& image) const {
    return image.empty() ? image : Shape{image[0] * scale().h, image[1] * scale().w, image[2]};
  }

  /// The model's output for an image (height, width, channels) or a batch of them (count, height,
  /// width, channels), pixels in [0, 1]: the same shape, or height and width times scale(). A size
  /// that its strides do not allow is enlarged by reflection at the bottom and the right, and cut
  /// back. A gray model takes the channels of a colour image one by one. Large images are run in
  /// tiles, to the same result (but for rounding, where an engine sums in another order). Throws
  /// InputError where the images do not fit, also into max_memory.
  Tensor reconstruct(ConstView images);
  Tensor reconstruct(const Tensor& images) { return reconstruct(view(images)); }

  /// The model's output for images (count, height, width, channels) before their normalization is
  /// undone: the numbers from which losses are computed.
  struct Output {
    Tensor numbers;                   // the shape that reconstruct() gives
    std::vector<Contrast> contrasts;  // normalization().undo() makes images with them
  };
  Output run(ConstView images);

  /// The codes of some images: the output of the latent layer, (count, ...), for images enlarged
  /// like that.
  Tensor encode(ConstView images);
  Tensor encode(const Tensor& images) { return encode(view(images)); }

  /// What each layer makes of one image (height, width, channels), enlarged like that: the outputs
  /// of all nodes of model(), (height, width, channels) or (units) each, the first the normalized
  /// image itself. Throws InputError where it does not fit into the model.
  std::vector<Tensor> layer_outputs(ConstView image);

  /// The images of some codes. `size` is the height and width wanted; unset: the largest image that
  /// has such codes and that the model reconstructs at its own size. Where each image was
  /// normalized by its own contrast, the training set's mean contrast is given back.
  Tensor decode(ConstView codes, std::optional<Extent2> size = {});
  Tensor decode(const Tensor& codes, std::optional<Extent2> size = {}) {
    return decode(view(codes), size);
  }

  /// The shape of one code, for images of that height and width; unset: the model's own. Throws
  /// InputError if it has no latent layer, or takes any size and none is given.
  Shape code_shape(std::optional<Extent2> size) const;

  /// The smallest image size of at least `size` that the model reconstructs at its own size, or at
  /// scale() times that.
  Extent2 allowed_size(const Extent2& size) const { return sizes_.allowed(size); }

 private:
  /// Predictor for images of one size, or for their tiles.
  struct Layout {
    std::optional<Tiling> tiling;
    Index batch = 1;
  };
  Layout layout(const Shape& image) const;
  bool fits(const Shape& sample, Index batch) const;
  Predictor& predictor(const Shape& input, Index batch, Index from, Index to);
  Tensor run_normalized(ConstView images);
  Tensor run_symmetries(ConstView images);
  Tensor run_tiled(ConstView images, const Tiling& tiling, Index batch);
  void run_tiles(ConstView images, const Tiling& tiling, Predictor& run, Index first,
                 View outputs) const;
  /// Position of the latent node in running_. Throws InputError if the model has none.
  Index latent() const;
  void check_images(const Shape& shape) const;
  [[noreturn]] void refuse_channels(Index got) const;
  /// The images as they are, or in `room` as the model's normalization wants them.
  ConstView normalized(ConstView images, const std::vector<Contrast>& contrasts,
                       Tensor& room) const;
  /// The images, or in `room` enlarged ones of a size that the model's strides allow.
  ConstView enlarged(ConstView images, Tensor& room) const;

  // Both stay where they are when this object moves.
  std::unique_ptr<const TrainedModel> trained_;
  std::unique_ptr<const Model> running_;  // computes the same, faster
  ThreadPool& pool_;
  std::size_t max_memory_;
  bool averages_symmetries_ = false;
  std::function<void()> between_parts_;
  Ranks* ranks_ = &alone();
  ImageSizes sizes_;
  // For the shape and part asked for last: images mostly come in runs of one size.
  std::unique_ptr<Predictor> predictor_;
  std::tuple<std::string, Index, Index, Index> predictor_key_;
  Layout layout_;
  Shape layout_image_;
};

}  // namespace adjoint
