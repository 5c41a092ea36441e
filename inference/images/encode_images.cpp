#include "inference/images/encode_images.hpp"

#include <algorithm>

#include "framework/parallel/message.hpp"
#include "inference/images/spread.hpp"

namespace adjoint {

EncodingSummary encode_images(ImageModel& model, ImageSource& source, ResultWriter& writer,
                              Ranks& ranks) {
  struct ImageCode {
    Index number;
    Shape shape;
  };
  const Spread spread(source, model, ranks);
  writer.share(ranks);
  std::vector<ImageCode> last;
  while (const std::optional<ImageBatch> batch = source.next()) {
    if (!spread.keeps()) continue;
    const Tensor codes = model.encode(batch->pixels);
    last = {{batch->origins.back().number, shape_of(codes).sample()}};
    writer.add(view(codes), *batch);
  }
  const Index images = writer.finish();
  last = gather_values(ranks, last);
  return {.images = images, .code = std::ranges::max_element(last, {}, &ImageCode::number)->shape};
}

}  // namespace adjoint
