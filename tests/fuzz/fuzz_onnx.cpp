#include "models/onnx/read_onnx.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile temporary(bytes);
  read_onnx(temporary.path());
}
