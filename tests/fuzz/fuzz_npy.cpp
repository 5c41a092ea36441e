#include "datasets/formats/npy.hpp"
#include "datasets/sources/npy_dataset.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile file(bytes);
  read_npy(file.path());
  const NpyDataset data(file.path());
  Tensor sample = make_tensor(data.shape());
  for (Index i = 0; i < data.size(); ++i) data.read(i, 0, view(sample));
}
