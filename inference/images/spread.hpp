#pragma once

#include "inference/images/image_model.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// Spreads the work of a model on the images of a source over ranks, as long as this object lives:
/// each rank takes some of the images or, where there are fewer of them than ranks, some of the
/// tiles of each.
///
///     const Spread spread(source, model, ranks);
///     while (const std::optional<ImageBatch> batch = source.next()) {
///       const Tensor output = model.reconstruct(batch->pixels);
///       if (spread.keeps()) ...  // it is this rank that goes on with the result
///     }
class Spread {
 public:
  /// Collective. Before the source's first next(). Throws InputError if the ranks have images of
  /// other names or a model of other weights.
  Spread(ImageSource& source, ImageModel& model, Ranks& ranks);
  ~Spread();
  Spread(const Spread&) = delete;
  Spread& operator=(const Spread&) = delete;

  /// Whether results of the images that the source hands out are kept by this rank: each image's
  /// are by one.
  bool keeps() const { return keeps_; }

 private:
  ImageModel& model_;
  bool keeps_;
};

}  // namespace adjoint
