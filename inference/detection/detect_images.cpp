#include "inference/detection/detect_images.hpp"

namespace adjoint {

void detect_images(ImageSource& source, ImageModel& model, Detection& detection,
                   const std::function<void(const std::string& name, const Tensor&)>& overlay) {
  const auto leave_out_until = [&](std::size_t number) {
    while (detection.findings().size() < number)
      detection.add_unscorable(source.names()[detection.findings().size()]);
  };
  while (const std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor outputs = model.reconstruct(images);
    const Shape sample = images.shape.sample();
    for (Index i = 0; i < batch->count(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      leave_out_until(static_cast<std::size_t>(batch->origins[at].number));
      overlay(batch->names[at], detection.add(batch->names[at], images.slice(i, 1).reshaped(sample),
                                              view(outputs).slice(i, 1).reshaped(sample)));
    }
  }
  leave_out_until(source.names().size());
}

}  // namespace adjoint
