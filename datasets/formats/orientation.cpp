#include "datasets/formats/orientation.hpp"

#include <algorithm>

#include "framework/tensor/symmetry.hpp"

namespace adjoint {

int exif_orientation(std::span<const std::uint8_t> exif) {
  constexpr std::size_t kEntry = 12;  // bytes: tag, type, count, value
  constexpr std::uint32_t kOrientation = 274, kShort = 3;
  if (exif.size() < 8) return 1;
  const bool little = exif[0] == 'I' && exif[1] == 'I';
  if (!little && !(exif[0] == 'M' && exif[1] == 'M')) return 1;
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      value = value << 8 | exif[at + (little ? bytes - 1 - i : i)];
    return value;
  };
  const std::size_t directory = number(4, 4);
  if (number(2, 2) != 42 || directory > exif.size() - 2) return 1;
  const std::size_t fitting = (exif.size() - directory - 2) / kEntry;
  const std::size_t entries = std::min<std::size_t>(number(directory, 2), fitting);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntry;
    if (number(entry, 2) != kOrientation) continue;
    const std::uint32_t value = number(entry + 8, 2);
    const bool good = number(entry + 2, 2) == kShort && value >= 1 && value <= 8;
    return good ? static_cast<int>(value) : 1;
  }
  return 1;
}

Tensor upright(Tensor stored, int orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  const bool sides = swaps_sides(orientation);
  // Where the stored image begins: its first row or column, as seen.
  const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const Symmetry symmetry{.transpose = sides, .flip_vertical = bottom, .flip_horizontal = right};
  Tensor seen = make_tensor(symmetry.output_shape(shape_of(stored)));
  apply(symmetry, view(std::as_const(stored)), view(seen));
  return seen;
}

}  // namespace adjoint
