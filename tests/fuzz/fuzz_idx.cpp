#include "datasets/sources/idx_dataset.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile file(bytes);
  try {
    read_idx_labels(file.path());
  } catch (const InputError&) {
  }
  for (const Index limit : {1, 0}) {
    const IdxDataset data(file.path(), limit);
    Tensor sample = make_tensor(data.shape());
    for (Index i = 0; i < data.size(); ++i) data.read(i, 0, view(sample));
  }
}
