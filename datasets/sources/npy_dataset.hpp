#pragma once

#include "datasets/formats/npy.hpp"
#include "datasets/sources/array_dataset.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// The source "npy", which has no keys of its own.
struct NpySource {
  void keys(Keys& /*key*/) {}
  DatasetPtr open(const SourcePlace& place) const;
};

/// Images of one .npy file.
class NpyDataset : public ArrayDataset {
 public:
  /// `white` is the stored number that means 1, where the elements reach it; 0: the largest.
  /// `channels` as in ArrayDataset; 0: not known. Throws InputError if the array is not one of
  /// images.
  explicit NpyDataset(const std::filesystem::path& path, double white = 0, Index channels = 0);

 private:
  void read_stored(Index index, View sample) const override;

  NpyFile file_;
};

/// Whether it is such a file, by its ending.
bool is_npy_file(const std::string& path);

}  // namespace adjoint
