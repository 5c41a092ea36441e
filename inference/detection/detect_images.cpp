#include "inference/detection/detect_images.hpp"

#include "inference/detection/hidden_cells.hpp"
#include "inference/images/spread.hpp"

namespace adjoint {

void detect_images(
    ImageSource& source, ImageModel& model, Detection& detection,
    const std::function<void(Index number, const std::string& name, const Tensor&)>& overlay,
    Ranks& ranks) {
  const Spread spread(source, model, ranks);
  while (const std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor outputs = reconstruct_hidden(model, detection.calibration().settings, images);
    if (!spread.keeps()) continue;
    const Shape sample = images.shape.sample();
    for (Index i = 0; i < batch->count(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Index number = batch->origins[at].number;
      overlay(number, batch->names[at],
              detection.add(number, batch->names[at], images.slice(i, 1).reshaped(sample),
                            view(outputs).slice(i, 1).reshaped(sample)));
    }
  }
  detection.finish(source.names(), ranks);
}

}  // namespace adjoint
