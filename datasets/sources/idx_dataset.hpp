#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/sources/file_set.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// The source "idx".
struct IdxSource {
  FileSet which = FileSet::train;  // which files of a folder
  void keys(Keys& key);
  DatasetPtr open(const SourcePlace& place) const;
};

/// Gray images of one IDX file (the format of MNIST and Fashion-MNIST), kept in memory as bytes,
/// with the labels of the file beside it, if there is one.
/// Source: Y. LeCun's page of MNIST, "the IDX file format".
class IdxDataset : public Dataset {
 public:
  /// Reads a file of unsigned bytes in three dimensions, plain or compressed with gzip: all of it,
  /// or the first `limit` images and nothing behind them. Labels are those of find_idx_labels().
  /// Throws InputError that says what is wrong with a file.
  explicit IdxDataset(const std::filesystem::path& file, Index limit = 0);

  Index size() const override { return count_; }
  Shape shape() const override { return {height_, width_, 1}; }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  Index label(Index index) const override;

 private:
  Index count_ = 0;
  Index height_ = 0;
  Index width_ = 0;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::uint8_t> labels_;  // empty: unknown
};

/// Whether a file is named as IDX files are: "...-ubyte", or compressed.
bool is_idx_file(const std::filesystem::path& path);
/// Whether it is such a file or a folder of them.
bool is_idx_data(const std::string& path);

/// The file of images in a folder that is laid out like MNIST's; a path to a file is that file.
/// Throws InputError if there is none.
std::filesystem::path find_idx_images(const std::filesystem::path& path, FileSet which);

/// The labels of an IDX file, plain or compressed. Throws InputError that says what is wrong with
/// it.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& file);

/// The file of labels that belongs to a file of images: "train-labels-idx1-ubyte" stands beside
/// "train-images-idx3-ubyte", with or without ".gz". Empty if there is none.
std::filesystem::path find_idx_labels(const std::filesystem::path& images);

}  // namespace adjoint
