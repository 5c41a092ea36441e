#include "train/data/contact_sheet.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/loader.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// The images in another size.
Tensor batch_resized(ConstView images, const Shape& shape) {
  Tensor result = make_tensor(shape);
  for (Index i = 0; i < shape[0]; ++i) {
    const Tensor one =
        resized(images.slice(i, 1).reshaped(images.shape.sample()), shape[1], shape[2]);
    std::ranges::copy(view(one).flat(), view(result).slice(i, 1).data);
  }
  return result;
}

}  // namespace

Tensor contact_sheet(const DataSelection& data, Index count, std::uint64_t seed) {
  const Config& config = data.config;
  const Split split =
      open_split(config.data, static_cast<std::uint64_t>(config.seed), config.folder);
  const Index channels = split.train->shape().back();
  if (channels != 1 && channels != 3) {
    throw InputError("images of {} channels cannot be shown; expected 1 or 3", channels);
  }
  count = std::min(count, split.train->size());
  Loader loader(split.train, config.corruptions,
                {.batch_size = count,
                 .seed = seed,
                 .augmentation = config.augmentation,
                 .target = config.training.target});
  loader.start(0);
  const Batch& batch = *loader.next();
  const bool differs = batch.input.data != batch.target.data;
  const ConstView target = batch.target;
  Tensor enlarged;
  ConstView input = batch.input;
  if (!(input.shape == target.shape)) {
    enlarged = batch_resized(input, target.shape);
    input = view(std::as_const(enlarged));
  }
  // About as wide as high.
  const double shape = static_cast<double>(target.shape[1]) / static_cast<double>(target.shape[2]);
  const double wide = std::sqrt(static_cast<double>(count) * shape / (differs ? 2 : 1));
  const Index across = std::clamp<Index>(std::llround(wide), 1, count);
  const Index rows = (count + across - 1) / across;
  // The last places of the sheet stay white.
  const auto padded = [&](ConstView images) {
    Tensor all = make_tensor(target.shape.sample().batched(rows * across), Real{1});
    std::ranges::copy(images.flat(), all.data());
    return all;
  };
  const Tensor inputs = padded(input), targets = padded(target);
  // Column by column, so that the picture fills row by row, a sample's two images side by side.
  std::vector<Tensor> columns;
  for (Index column = 0; column < across; ++column) {
    for (const Tensor* images : {&inputs, &targets}) {
      if (images == &targets && !differs) continue;
      Tensor& to = columns.emplace_back(make_tensor(target.shape.sample().batched(rows)));
      for (Index row = 0; row < rows; ++row) {
        const ConstView from = view(*images).slice(row * across + column, 1);
        std::ranges::copy(from.flat(), view(to).slice(row, 1).data);
      }
    }
  }
  std::vector<ConstView> views;
  for (const Tensor& column : columns) views.push_back(view(column));
  return data_grid(views);
}

}  // namespace adjoint
