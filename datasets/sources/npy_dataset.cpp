#include "datasets/sources/npy_dataset.hpp"

#include "datasets/sources/source_table.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

DatasetPtr NpySource::open(const SourcePlace& place) const {
  return std::make_shared<NpyDataset>(place.found(), place.white);
}

NpyDataset::NpyDataset(const std::filesystem::path& path, double white) : file_(path) {
  const NpyHeader& header = file_.header();
  const Shape& stored = header.shape;
  const int rank = stored.rank();
  if (rank < 2 || rank > 4 || stored.size() < 1) {
    throw InputError(
        "'{}' does not hold images: expected (count, height, width, channels), (count, height, "
        "width) or (height, width), got {} axes{}{}",
        path.string(), rank, rank > 0 ? ": " : "", fmt::join(stored, "x"));
  }
  levels_ = file_.levels(white);
  if (rank > 2) count_ = stored[0];
  shape_ = rank == 2 ? Shape{stored[0], stored[1], 1}
                     : Shape{stored[1], stored[2], rank == 4 ? stored[3] : 1};
}

void NpyDataset::read(Index index, std::uint32_t /*epoch*/, View sample) const {
  file_.read(index * shape_.size(), sample);
  if (levels_.white == 1) return;
  const Real scale = Real{1} / static_cast<Real>(levels_.white);
  for (Real& x : sample.flat()) x *= scale;
}

}  // namespace adjoint
