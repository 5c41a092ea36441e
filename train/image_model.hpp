#pragma once

#include <map>
#include <string>

#include "datasets/normalization.hpp"
#include "framework/checkpoint/checkpoint.hpp"
#include "framework/graph/predictor.hpp"
#include "train/config.hpp"
#include "train/tiling.hpp"

namespace adjoint {

/// A trained model, ready for images of any size that its layers allow.
class ImageModel {
 public:
  static constexpr std::size_t kDefaultMemory = std::size_t{1} << 30;

  /// Reads a checkpoint, or that of a run's folder (see find_checkpoint()); its weights are the
  /// moving averages, where it has any. `max_memory` bounds the bytes of activations that
  /// reconstruct() holds at once. Throws InputError if it is none, or its parts do not fit
  /// together, or a weight is not a finite number.
  ImageModel(const std::string& checkpoint, ThreadPool& pool,
             std::size_t max_memory = kDefaultMemory);

  /// The file that was read.
  const std::string& path() const { return path_; }
  const Config& config() const { return config_; }
  const Model& model() const { return model_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }
  Index channels() const { return model_.input_shape().back(); }
  /// Output pixels for each input pixel, along height and width: 1, or more if the model enlarges.
  const Extent2& scale() const { return scale_; }
  /// How the model sees images; what goes in and comes out here is in [0, 1].
  const Normalization& normalization() const { return normalization_; }

  /// What the model makes of some images: (count, height, width, channels) to the same shape, or
  /// to height and width times scale(). A size that its strides do not allow is enlarged by
  /// reflection at the bottom and the right, and cut back. A gray model takes the channels of a
  /// colour image one by one. Large images are run in tiles, to the same result (but for rounding,
  /// where an engine sums in another order). Throws InputError where the images do not fit, also
  /// into max_memory.
  Tensor reconstruct(ConstView images);

  /// The codes of some images: the output of the latent layer, (count, ...), for images enlarged
  /// like that.
  Tensor encode(ConstView images);

  /// The images of some codes. `size` is the height and width wanted; unset: the largest image that
  /// has such codes and that the model gives back at its own size. Where each image was normalized
  /// by its own contrast, the training set's mean contrast is given back.
  Tensor decode(ConstView codes, std::optional<Extent2> size);

  /// The shape of one code, for images of that height and width; unset: the model's own. Throws
  /// InputError if it has no latent layer, or takes any size and none is given.
  Shape code_shape(std::optional<Extent2> size) const;

  /// The smallest image size of at least `size` that the model gives back at its own size, or at
  /// scale() times that.
  Extent2 allowed_size(const Extent2& size) const;

 private:
  /// Of a file that was opened once, so that everything in it belongs together.
  ImageModel(const Hdf5File& file, ThreadPool& pool, std::size_t max_memory);
  /// How images of one size are run: by a predictor of them, or of their tiles.
  struct Layout {
    std::optional<Tiling> tiling;
    Index batch = 1;
  };
  Layout layout(const Shape& image) const;
  bool fits(const Shape& sample, Index batch) const;
  Predictor& predictor(const Shape& input, Index batch, Index from, Index to);
  Tensor run_tiled(ConstView images, const Tiling& tiling, Index batch);
  Index latent() const;
  bool gives_back(const Extent2& size) const;
  Index fitting_square() const;
  Tensor enlarged(ConstView images) const;
  std::vector<Contrast> normalize(View images) const;
  void restore(const std::vector<Contrast>& contrasts, View images) const;

  ThreadPool& pool_;
  std::size_t max_memory_;
  std::string path_;
  Checkpoint checkpoint_;
  Config config_;
  Normalization normalization_;
  Model model_;
  Extent2 scale_;
  // Of the shape and part asked for last: images mostly come in runs of one size.
  std::unique_ptr<Predictor> predictor_;
  std::tuple<std::string, Index, Index, Index> predictor_key_;
  Layout layout_;
  Shape layout_image_;
};

}  // namespace adjoint
