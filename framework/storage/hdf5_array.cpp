#include "framework/storage/hdf5_array.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "framework/storage/hdf5_file.hpp"
#include "framework/storage/hdf5_library.inl"
#include "framework/tensor/error.hpp"

namespace adjoint {

using namespace hdf5;

struct Hdf5Array::Impl {
  std::string name;  // "file.h5:/dataset"
  Handle file{-1, H5Fclose};
  Handle dataset{-1, H5Dclose};
  Shape shape;
  int bits = 0;
  Index chunk_rows = 0;
  std::size_t chunk_bytes = 0;

  ~Impl() {
    const LibraryLock lock;
    dataset.reset();
    file.reset();
  }

  [[noreturn]] void damaged() const {
    throw InputError("cannot read {}: {}; the file is damaged, take another copy of it", name,
                     library_reason());
  }

  /// A shape of extents as the library gives them.
  Shape checked(std::span<const hsize_t> extents) const {
    Shape checked;
    for (const hsize_t extent : extents) {
      // An extent that no Index can hold comes out negative.
      checked.push_back(static_cast<Index>(extent));
      if (checked.back() < 0) {
        throw InputError("{} claims {} elements along an axis; the file is damaged", name, extent);
      }
    }
    try {
      static_cast<void>(checked.size());
    } catch (const InputError& error) {
      throw InputError("{}: {}; the file is damaged", name, error.what());
    }
    return checked;
  }

  void describe() {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const H5T_class_t kind = type.failed() ? H5T_NO_CLASS : H5Tget_class(type);
    const std::size_t size = type.failed() ? 0 : H5Tget_size(type);
    const bool is_unsigned = kind == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_NONE;
    if (!(is_unsigned && size <= 2) && (kind != H5T_FLOAT || size > 16)) {
      throw InputError("{} holds no pixels: expected unsigned integers of 8 or 16 bits, or floats",
                       name);
    }
    bits = is_unsigned ? static_cast<int>(8 * size) : 0;
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const int rank = space.failed() ? -1 : H5Sget_simple_extent_ndims(space);
    if (rank < 1 || rank > Shape::kMaxRank) {
      throw InputError("{} has {} axes; expected 1 to {}", name, rank, Shape::kMaxRank);
    }
    std::array<hsize_t, Shape::kMaxRank> extents{};
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    const auto axes = static_cast<std::size_t>(rank);
    shape = checked(std::span(extents).first(axes));
    const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    if (H5Pget_layout(creation) != H5D_CHUNKED) return;
    std::array<hsize_t, Shape::kMaxRank> chunk{};
    H5Pget_chunk(creation, rank, chunk.data());
    chunk_rows = static_cast<Index>(chunk[0]);
    // The chunks beside each other that make up a row, edges included.
    for (std::size_t axis = 1; axis < axes; ++axis)
      chunk[axis] *= extents[axis] / chunk[axis] + (extents[axis] % chunk[axis] != 0);
    const Index elements = checked(std::span(chunk).first(axes)).size();
    // A dataset of nothing has them, too.
    chunk_bytes = size * static_cast<std::size_t>(std::max<Index>(elements, 1));
  }

  template <class T>
  void read(hid_t memory_type, Index first, View rows) const {
    // HDF5 would convert numbers under its lock; here each thread converts its own.
    thread_local std::vector<T> values;
    values.resize(static_cast<std::size_t>(rows.size()));
    {
      const LibraryLock lock;
      std::array<hsize_t, Shape::kMaxRank> start{}, count{};
      std::copy(shape.begin(), shape.end(), count.begin());
      start[0] = static_cast<hsize_t>(first);
      count[0] = static_cast<hsize_t>(rows.size() / std::max<Index>(shape.sample().size(), 1));
      const Handle from(H5Dget_space(dataset), H5Sclose);
      const Handle to(H5Screate_simple(shape.rank(), count.data(), nullptr), H5Sclose);
      if (from.failed() || to.failed() ||
          H5Sselect_hyperslab(from, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) <
              0 ||
          H5Dread(dataset, memory_type, to, from, H5P_DEFAULT, values.data()) < 0) {
        damaged();
      }
    }
    std::transform(values.begin(), values.end(), rows.data,
                   [](T value) { return static_cast<Real>(value); });
  }
};

Hdf5Array::Hdf5Array(const std::string& path, const std::string& dataset, std::size_t cache_bytes)
    : impl_(std::make_unique<Impl>()) {
  // Says what is wrong with a file or a name.
  const Hdf5File checked = Hdf5File::open(path);
  if (!checked.exists(dataset) || checked.is_group(dataset)) {
    throw InputError("{}: there is no dataset '{}' in it; `h5ls -r` lists what there is", path,
                     dataset);
  }
  const LibraryLock lock;
  impl_->name = path + ":" + dataset;
  const Handle file_access = property_list(H5P_FILE_ACCESS);
  H5Pset_file_locking(file_access, false, true);
  impl_->file.reset(H5Fopen(path.c_str(), H5F_ACC_RDONLY, file_access));
  const auto open_dataset = [&](hid_t access) {
    impl_->dataset.reset(H5Dopen2(impl_->file, dataset.c_str(), access));
    if (impl_->file.failed() || impl_->dataset.failed()) impl_->damaged();
  };
  open_dataset(H5P_DEFAULT);
  impl_->describe();
  if (impl_->chunk_rows == 0) return;
  // Again, now that its chunks are known. The slots are more than chunks that fit, as few collide.
  const std::size_t bytes = std::max(cache_bytes, impl_->chunk_bytes);
  const Handle access = property_list(H5P_DATASET_ACCESS);
  const std::size_t slots = std::clamp<std::size_t>(100 * bytes / impl_->chunk_bytes, 521, 1 << 20);
  // Chunks that were read whole go first, then the ones used longest ago. (Not 1: then others never
  // go, and the cache grows as far as it has slots.)
  H5Pset_chunk_cache(access, slots | 1, bytes, 0.75);
  impl_->dataset.reset();
  open_dataset(access);
}

Hdf5Array::~Hdf5Array() = default;

const Shape& Hdf5Array::shape() const {
  return impl_->shape;
}

int Hdf5Array::integer_bits() const {
  return impl_->bits;
}

Index Hdf5Array::chunk_rows() const {
  return impl_->chunk_rows;
}

std::size_t Hdf5Array::chunk_bytes() const {
  return impl_->chunk_bytes;
}

void Hdf5Array::read(Index first, View rows) const {
  if (impl_->bits == 8) return impl_->read<std::uint8_t>(H5T_NATIVE_UINT8, first, rows);
  if (impl_->bits == 16) return impl_->read<std::uint16_t>(H5T_NATIVE_UINT16, first, rows);
  impl_->read<float>(H5T_NATIVE_FLOAT, first, rows);
}

}  // namespace adjoint
