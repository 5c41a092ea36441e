#include "datasets/augmentation.hpp"

#include <algorithm>

#include "datasets/dataset.hpp"
#include "datasets/image_ops.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"
#include "framework/tensor/symmetry.hpp"

namespace adjoint {
namespace {

/// Random changes of one image. Every number is drawn whether or not it is used, so that one
/// setting does not change what another one draws.
struct Change {
  Index top = 0, left = 0;
  Symmetry symmetry = {};  // its inverse is applied
  Real gain = 1, shift = 0;
};

Change draw_change(const Augmentation& augmentation, const Extent2& room, Random random) {
  Change change;
  change.top = static_cast<Index>(random.below(static_cast<std::uint64_t>(room.h) + 1));
  change.left = static_cast<Index>(random.below(static_cast<std::uint64_t>(room.w) + 1));
  const std::uint32_t bits = random.bits();
  if (augmentation.flip_horizontal) change.symmetry.flip_horizontal = bits & 1;
  if (augmentation.flip_vertical) change.symmetry.flip_vertical = bits & 2;
  if (augmentation.rotate90) {
    const std::uint32_t turns = bits >> 2 & 3;
    change.symmetry.transpose = turns & 1;
    change.symmetry.flip_vertical ^= turns >= 2;
    change.symmetry.flip_horizontal ^= turns == 1 || turns == 2;
  }
  const auto brightness = static_cast<float>(augmentation.brightness);
  const auto contrast = static_cast<float>(augmentation.contrast);
  change.gain = random.uniform(1 - contrast, 1 + contrast);
  change.shift = random.uniform(-brightness, brightness);
  return change;
}

}  // namespace

void Augmentation::keys(Keys& key) {
  key("random_crop", random_crop, "size of a random crop that replaces the image", at_least(1));
  key("flip_horizontal", flip_horizontal, "mirror images left to right, with probability 1/2");
  key("flip_vertical", flip_vertical, "mirror images top to bottom, with probability 1/2");
  key("rotate90", rotate90, "turn images by 0, 90, 180 or 270 degrees");
  key("brightness", brightness, "largest change of brightness, up or down; white is 1",
      between(0.0, 1.0));
  key("contrast", contrast,
      "scale the distance from middle gray by a random factor in 1 - contrast ... 1 + contrast",
      between(0.0, 1.0));
}

bool Augmentation::any() const {
  return random_crop || flip_horizontal || flip_vertical || rotate90 || brightness > 0 ||
         contrast > 0;
}

Shape Augmentation::output_shape(const Shape& image) const {
  Shape shape = image;
  if (random_crop) {
    if (random_crop->h > image[0] || random_crop->w > image[1]) {
      throw InputError("augmentation.random_crop: {}x{} is larger than the images, {}x{}",
                       random_crop->h, random_crop->w, image[0], image[1]);
    }
    shape[0] = random_crop->h;
    shape[1] = random_crop->w;
  }
  if (rotate90 && shape[0] != shape[1]) {
    throw InputError(
        "augmentation.rotate90: images of {}x{} change their shape when they turn; cut squares "
        "first, with augmentation.random_crop = {}",
        shape[0], shape[1], std::min(shape[0], shape[1]));
  }
  return shape;
}

Tensor augmented(const Augmentation& augmentation, std::uint64_t seed, std::uint32_t epoch,
                 Index index, ConstView image) {
  const Shape shape = augmentation.output_shape(image.shape);
  const Extent2 room{image.shape[0] - shape[0], image.shape[1] - shape[1]};
  const Change change = epoch == kFixedEpoch
                            ? Change{.top = room.h / 2, .left = room.w / 2}
                            : draw_change(augmentation, room,
                                          Random({.seed = seed,
                                                  .purpose = Purpose::augmentation,
                                                  .epoch = epoch,
                                                  .index = static_cast<std::uint32_t>(index)}));
  Tensor part = make_tensor(shape);
  copy_part(image, change.top, change.left, view(part));
  if (change.symmetry != Symmetry{}) {
    const Tensor upright = part;
    apply_inverse(change.symmetry, view(upright), view(part));
  }
  if (change.gain != 1 || change.shift != 0) {
    constexpr Real kGray = 0.5;
    for (Real& x : view(part).flat())
      x = std::clamp(kGray + change.gain * (x - kGray) + change.shift, Real{0}, Real{1});
  }
  return part;
}

}  // namespace adjoint
