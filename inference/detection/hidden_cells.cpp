#include "inference/detection/hidden_cells.hpp"

#include "datasets/cell_grid.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {

const Mask* cell_mask(const std::vector<CorruptionSpec>& corruptions) {
  for (const CorruptionSpec& corruption : corruptions) {
    const Mask* mask = corruption.kind.as<Mask>();
    if (mask && mask->shape == MaskShape::cells) return mask;
  }
  return nullptr;
}

Tensor reconstruct_hidden(ImageModel& model, const DetectionSettings& settings, ConstView images) {
  if (settings.hidden_cells.empty()) return model.reconstruct(images);
  const Mask* mask = cell_mask(model.trained().corruptions);
  if (!mask) {
    throw InputError(
        "detection.hidden_cells: {} was not trained to fill hidden cells in; train it with "
        "[[corruption]] kind = \"mask\", shape = \"cells\"",
        model.trained().path);
  }
  const auto value = static_cast<Real>(mask->value);
  const Shape sample = images.shape.sample();
  const auto image_of = [&](auto all, Index i) { return all.slice(i, 1).reshaped(sample); };
  Tensor mean = make_tensor(images.shape, Real{0}), made = make_tensor(images.shape);
  for (const Index size : settings.hidden_cells) {
    const CellGrid grid({sample[0], sample[1]}, size);
    // The same cells whatever the image, so that scores can be repeated.
    const std::vector<Index> order = permutation(
        grid.count(), {.purpose = Purpose::corruption, .index = static_cast<std::uint32_t>(size)});
    for (Index turn = 0; turn < settings.turns; ++turn) {
      const auto for_each_hidden = [&](auto visit) {
        for (Index k = turn; k < grid.count(); k += settings.turns) {
          for (Index i = 0; i < images.shape[0]; ++i) visit(order[static_cast<std::size_t>(k)], i);
        }
      };
      Tensor seen = copy_of(images);
      for_each_hidden(
          [&](Index cell, Index i) { grid.fill(cell, value, image_of(view(seen), i)); });
      const Tensor outputs = model.reconstruct(seen);
      for_each_hidden([&](Index cell, Index i) {
        grid.copy(cell, image_of(view(outputs), i), image_of(view(made), i));
      });
    }
    mean += made;
  }
  mean /= static_cast<Real>(settings.hidden_cells.size());
  return mean;
}

}  // namespace adjoint
