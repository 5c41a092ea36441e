#include "models/formats/safetensors.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile file(bytes);
  read_safetensors(file.path());
}
