#include "framework/storage/checkpoint.hpp"
#include "tests/fuzz/small_model.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile file(bytes);
  const std::string path = file.path();
  const Checkpoint checkpoint = load_checkpoint(path);
  Model model = small_model();
  try {
    transfer_weights(path, model);
    load_weights(path, model);
  } catch (const InputError&) {
  }
  put_averages(checkpoint.optimizer, model);
}
