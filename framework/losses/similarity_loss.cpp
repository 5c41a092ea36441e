#include "framework/losses/similarity_loss.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint {

Index SimilarityLoss::scratch_size(const Shape& shard) const {
  if (shard.rank() != 4) {
    throw InputError("the loss {} compares images (height, width, channels), not {}", name(),
                     to_string(shard.sample()));
  }
  const Index height = shard[1], width = shard[2], side = std::min(height, width);
  if (side < smallest()) {
    throw InputError("the loss {} needs images of at least {}x{} pixels, got {}x{}; {}", name(),
                     smallest(), smallest(), height, width, remedy(side));
  }
  return 3 * height * width + image_scratch_size(height, width);
}

std::string SimilarityLoss::remedy(Index side) const {
  return side < 2 ? "take another loss" : fmt::format("set its `window` to {} or less", side);
}

double SimilarityLoss::evaluate(const LossPass& pass) const {
  const Shape& shape = pass.prediction.shape;
  const Index channels = shape[3], size = shape[1] * shape[2];
  const double images = static_cast<double>(pass.count / size);  // gray ones, of the batch
  const Shape gray{shape[1], shape[2]};
  const View x(pass.scratch.data, gray), y(x.data + size, gray);
  const View gradient(pass.gradient ? y.data + size : nullptr, gray);
  const Index used = 3 * size;
  const View scratch(pass.scratch.data + used, {pass.scratch.size() - used});
  const Real slope = static_cast<Real>(-1 / images);

  double sum = 0;
  for (Index n = 0; n < shape[0]; ++n) {
    for (Index c = 0; c < channels; ++c) {
      const Index first = n * size * channels + c;
      for (Index i = 0; i < size; ++i) {
        x[i] = pass.prediction[first + i * channels];
        y[i] = pass.target[first + i * channels];
      }
      sum += 1 - similarity(x, y, gradient, scratch);
      if (!gradient) continue;
      for (Index i = 0; i < size; ++i) pass.gradient[first + i * channels] = slope * gradient[i];
    }
  }
  return sum / images;
}

}  // namespace adjoint
