#include "datasets/sources/hdf5_dataset.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile temporary(bytes);
  const std::string& path = temporary.path();
  {
    const Hdf5File file = Hdf5File::open(path);
    for (const std::string& name : file.list("/")) {
      if (file.is_group(name)) continue;
      try {
        if (file.shape(name).size() <= kLargest) file.read(name);
      } catch (const InputError&) {
      }
    }
  }
  const Hdf5Dataset data({path, "data"}, 1);
  if (data.shape().size() > kLargest) return;
  Tensor sample = make_tensor(data.shape());
  for (Index i = 0; i < std::min<Index>(data.size(), 8); ++i) data.read(i, 0, view(sample));
}
