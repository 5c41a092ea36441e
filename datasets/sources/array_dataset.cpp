#include "datasets/sources/array_dataset.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint {

void ArrayDataset::describe(const std::string& path, const Shape& stored, const Levels& levels,
                            Index channels) {
  const int rank = stored.rank();
  if (rank < 2 || rank > 4 || stored.size() < 1) {
    throw InputError(
        "'{}' does not hold images: expected (count, height, width, channels), (count, height, "
        "width) or (height, width), got {} axes{}{}",
        path, rank, rank > 0 ? ": " : "", fmt::join(stored, "x"));
  }
  const bool has_channels = rank == 3 && channels > 0 && stored[2] == channels;
  const bool one = rank == 2 || has_channels;
  if (!one) count_ = stored[0];
  const Index rows = one ? 0 : 1;  // the axis of the rows
  shape_ = {stored[rows], stored[rows + 1], has_channels || rank == 4 ? stored[rank - 1] : 1};
  levels_ = levels;
}

void ArrayDataset::read(Index index, std::uint32_t /*epoch*/, View sample) const {
  read_stored(index, sample);
  if (levels_.white == 1) return;
  const Real scale = Real{1} / static_cast<Real>(levels_.white);
  for (Real& x : sample.flat()) x *= scale;
}

}  // namespace adjoint
