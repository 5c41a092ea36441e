#include "datasets/sources/cifar10_dataset.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile file(bytes);
  for (const Index limit : {0, 1}) {
    const Cifar10Dataset data({file.path()}, limit);
    Tensor sample = make_tensor(data.shape());
    for (Index i = 0; i < data.size(); ++i) {
      data.read(i, 0, view(sample));
      static_cast<void>(data.label_names().at(static_cast<std::size_t>(data.label(i))));
    }
  }
}
