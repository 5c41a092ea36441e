#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/sources/file_set.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// The source "cifar10".
struct Cifar10Source {
  FileSet which = FileSet::train;  // which files of a folder
  void keys(Keys& key);
  DatasetPtr open(const SourcePlace& place) const;
};

/// 32 x 32 RGB images of CIFAR-10's binary version, kept in memory as bytes, with their labels.
/// A record is a byte of label, then 1024 bytes of red, of green and of blue, row by row.
/// Source: A. Krizhevsky, "The CIFAR-10 dataset", section "Binary version".
class Cifar10Dataset : public Dataset {
 public:
  /// Reads the files one after another: all images, or the first `limit`. Throws InputError if a
  /// file does not consist of such records.
  explicit Cifar10Dataset(const std::vector<std::filesystem::path>& files, Index limit = 0);

  Index size() const override;
  Shape shape() const override;
  void read(Index index, std::uint32_t epoch, View sample) const override;
  Index label(Index index) const override;
  std::vector<std::string> label_names() const override;

 private:
  std::vector<std::uint8_t> records_;
};

/// Whether it is a file of that format, by its ending, or a folder of them.
bool is_cifar10_data(const std::string& path);

/// data_batch_1.bin and so on, or test_batch.bin, of a folder or of "cifar-10-batches-bin" in it. A
/// path to a file is that file. Throws InputError if there is none.
std::vector<std::filesystem::path> find_cifar10_files(const std::filesystem::path& path,
                                                      FileSet which);

}  // namespace adjoint
