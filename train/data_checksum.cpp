#include "train/data_checksum.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

namespace adjoint {
namespace {

template <class T>
std::uint32_t crc32_of(std::span<T> values) {
  const auto bytes = std::as_bytes(values);
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

std::string data_checksum(const DatasetPtr& data, ThreadPool& pool, Index most) {
  if (!data) return "none";
  const Shape shape = data->shape();
  const Index fitting = std::max<Index>(most / std::max<Index>(shape.size(), 1), 1);
  const Index count = std::min(data->size(), fitting);
  std::vector<Tensor> images;
  for (int t = 0; t < pool.size(); ++t) images.push_back(make_tensor(shape));
  std::vector<std::uint32_t> sums(static_cast<std::size_t>(count));
  pool.run(count, [&](Index i, int worker) {
    const View image = view(images[static_cast<std::size_t>(worker)]);
    const auto sum = [&] { return crc32_of(image.flat()); };
    const Index index = i * data->size() / count;
    data->read(index, kFixedEpoch, image);
    std::uint32_t found = sum();
    if (data->paired()) {
      data->read_input(index, kFixedEpoch, image);
      found ^= sum() * 31;
    }
    sums[static_cast<std::size_t>(i)] = found;
  });
  return fmt::format("{} images of {} with the checksum {:08x}", data->size(), to_string(shape),
                     crc32_of(std::span(sums)));
}

}  // namespace adjoint
