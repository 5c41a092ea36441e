#pragma once

#include <filesystem>
#include <vector>

#include "datasets/dataset.hpp"

namespace adjoint {

/// Gray images of one IDX file (the format of MNIST and Fashion-MNIST), kept in memory as bytes.
/// Source: Y. LeCun's page of MNIST, "the IDX file format".
class IdxDataset : public Dataset {
 public:
  /// Reads a file of unsigned bytes in three dimensions, plain or compressed with gzip: all of it,
  /// or the first `limit` images and nothing behind them. Throws InputError that says what is wrong
  /// with it.
  explicit IdxDataset(const std::filesystem::path& file, Index limit = 0);

  Index size() const override { return count_; }
  Shape shape() const override { return {height_, width_, 1}; }
  void read(Index index, std::uint32_t epoch, View sample) const override;

 private:
  Index count_ = 0;
  Index height_ = 0;
  Index width_ = 0;
  std::vector<std::uint8_t> pixels_;
};

/// The file of images in a folder that is laid out like MNIST's: `which` is "train" or "test". A
/// path to a file is that file.
std::filesystem::path find_idx_images(const std::filesystem::path& path, const std::string& which);

}  // namespace adjoint
