#include "datasets/corruptions/jpeg_artifacts.hpp"

#include <cmath>

#include "datasets/corruptions/draw.hpp"
#include "datasets/formats/jpeg_format.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

void JpegArtifacts::keys(Keys& key) {
  key("quality", quality, "JPEG quality", between(1.0, 100.0));
  key("subsampling", subsampling, "whether colours are stored at half the resolution (4:2:0)");
}

void JpegArtifacts::apply(Random& random, Tensor& image) const {
  const auto level = static_cast<int>(std::lround(draw(quality, random)));
  const Bytes file =
      jpeg::encode(view(std::as_const(image)), {.quality = level, .subsampling = subsampling});
  jpeg::decode(file, 255, view(image));
}

Shape JpegArtifacts::output_shape(const Shape& image) const {
  if (image[2] != 1 && image[2] != 3) {
    throw InputError("corruption \"jpeg\": images have {} channels; expected 1 (gray) or 3 (RGB)",
                     image[2]);
  }
  return image;
}

}  // namespace adjoint
