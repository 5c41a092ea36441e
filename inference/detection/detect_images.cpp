#include "inference/detection/detect_images.hpp"

#include "inference/detection/hidden_cells.hpp"
#include "inference/images/image_queue.hpp"
#include "inference/images/spread.hpp"

namespace adjoint {

void detect_images(ImageSource& source, ImageModel& model, Detection& detection,
                   const DetectionCallbacks& callbacks, Ranks& ranks) {
  const Spread spread(source, model, ranks);
  ImageQueue queue(model.pool());
  const auto examine = [&](const ImageQueue::Image& image) {
    Detection::Examined examined =
        detection.examine(image.number, image.name, view(image.pixels), view(image.output));
    if (callbacks.overlay) {
      callbacks.overlay(image.name,
                        detection.picture(examined, view(image.pixels), view(image.output)));
    }
    if (callbacks.residual) callbacks.residual(image.name, examined.residual);
    return examined;
  };
  const auto keep = [&](const ImageQueue::Image& image, const Detection::Examined& examined) {
    detection.add(examined);
    if (callbacks.progress) callbacks.progress(image.number + 1);
  };
  while (const std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor outputs = reconstruct_hidden(model, detection.calibration().settings, images);
    if (!spread.keeps()) continue;
    const Shape sample = images.shape.sample();
    for (Index i = 0; i < batch->count(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      queue.add({.number = batch->origins[at].number,
                 .name = batch->names[at],
                 .pixels = copy_of(images.slice(i, 1).reshaped(sample)),
                 .output = copy_of(view(outputs).slice(i, 1).reshaped(sample))});
      if (queue.is_full()) queue.run(examine, keep);
    }
  }
  queue.run(examine, keep);
  std::vector<std::filesystem::path> files;
  for (const ImageOrigin& origin : source.origins()) files.push_back(origin.file);
  detection.finish(source.names(), ranks, files);
}

}  // namespace adjoint
