#include "datasets/corruptions/mask.hpp"

#include <algorithm>

#include "datasets/corruptions/draw.hpp"

namespace adjoint {
namespace {

void cover_box(Random& random, Extent2 size, Real value, View image) {
  const Index height = image.shape[0], width = image.shape[1], channels = image.shape[2];
  size = {std::min(size.h, height), std::min(size.w, width)};
  const auto top =
      static_cast<Index>(random.below(static_cast<std::uint64_t>(height - size.h + 1)));
  const auto left =
      static_cast<Index>(random.below(static_cast<std::uint64_t>(width - size.w + 1)));
  for (Index y = top; y < top + size.h; ++y)
    std::fill_n(image.data + (y * width + left) * channels, size.w * channels, value);
}

}  // namespace

void Mask::keys(Keys& key) {
  key("shape", shape, "shape of the masked areas: single pixels or boxes");
  if (shape == MaskShape::pixels) {
    key("fraction", fraction, "fraction of the pixels that is masked", between(0.0, 1.0));
  } else {
    key("size", size, "height and width of the boxes, in pixels", at_least(1));
    key("count", count, "number of boxes in an image; they may overlap", at_least(1));
  }
  key("value", value, "value of the masked pixels; black is 0");
}

void Mask::apply(Random& random, Tensor& image) const {
  const View pixels = view(image);
  const auto cover = static_cast<Real>(value);
  if (shape == MaskShape::boxes) {
    for (Index i = 0; i < count; ++i) cover_box(random, size, cover, pixels);
    return;
  }
  const Real covered = draw(fraction, random);
  const Index channels = pixels.shape.back();
  for (Index i = 0; i < pixels.size(); i += channels) {
    if (random.uniform() < covered) std::fill_n(pixels.data + i, channels, cover);
  }
}

}  // namespace adjoint
