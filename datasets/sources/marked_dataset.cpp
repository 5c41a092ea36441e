#include "datasets/sources/marked_dataset.hpp"

#include <algorithm>

#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

constexpr std::uint16_t kLabelSalt = 1;  // labels are drawn apart from scenes

}  // namespace

Index MarkedDataset::label(Index index) const {
  if (presence_ != Presence::some) return presence_ == Presence::all ? 1 : 0;
  Random random({.seed = seed_,
                 .purpose = Purpose::synthetic,
                 .salt = kLabelSalt,
                 .index = static_cast<std::uint32_t>(index)});
  return random.uniform() < static_cast<float>(probability_) ? 1 : 0;
}

std::optional<PixelBox> box_around(ConstView mask) {
  const Index height = mask.shape[0], width = mask.shape[1];
  PixelBox box{width, height, 0, 0};
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      if (mask[y * width + x] == 0) continue;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
             std::max(box.bottom, y + 1)};
    }
  }
  return box.right > 0 ? std::optional(box) : std::nullopt;
}

}  // namespace adjoint
