#include "framework/storage/npy_format.hpp"
#include "models/formats/array_weights.hpp"
#include "tests/fuzz/target.hpp"

/// A whole archive, or one of its arrays, which no checksum guards.
void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() >= 2 && bytes[0] != 'P') {
    parse_npy(std::as_bytes(bytes), "array");
    return;
  }
  const TemporaryFile file(bytes);
  read_npz(file.path());
}
