#include "datasets/formats/tiff_format.hpp"
#include "tests/fuzz/image_target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  try_image(tiff::recognizes, bytes);
}
