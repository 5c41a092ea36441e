#pragma once

#include <optional>
#include <string>

#include "datasets/sources/image_folder_dataset.hpp"

namespace adjoint {

/// The source "pairs": a folder of clean images, and one of what a model is given instead.
struct PairsSource {
  std::string noisy_path;
  std::optional<std::string> validation_noisy_path;
  ImageFolderSpec images;

  void keys(Keys& key);
  DatasetPtr open(const SourcePlace& place) const;
};

/// Pairs of image files of one name; of names that differ in their endings alone, where that leaves
/// no choice. read() gives the clean image, read_input() the same part of the noisy one.
class PairsDataset : public Dataset {
 public:
  /// Throws InputError that lists the files without a partner, or that could belong to several, or
  /// names a pair that differs in size, or as ImageFolderDataset does.
  PairsDataset(const std::filesystem::path& clean, const std::filesystem::path& noisy,
               const ImageFolderSpec& spec, std::uint64_t seed);

  Index size() const override { return clean_.size(); }
  Shape shape() const override { return clean_.shape(); }
  Index group() const override { return clean_.group(); }
  void read(Index index, std::uint32_t epoch, View sample) const override {
    clean_.read(index, epoch, sample);
  }
  Tensor whole(Index index) const override { return clean_.whole(index); }
  std::string image_name(Index index) const override { return clean_.image_name(index); }
  Levels levels() const override { return clean_.levels(); }
  bool paired() const override { return true; }
  // A place of a patch is a function of seed, epoch and index: the same in both.
  void read_input(Index index, std::uint32_t epoch, View input) const override {
    noisy_.read(index, epoch, input);
  }
  Index label(Index index) const override { return clean_.label(index); }
  std::vector<std::string> label_names() const override { return clean_.label_names(); }

 private:
  ImageFolderDataset clean_;
  ImageFolderDataset noisy_;
};

}  // namespace adjoint
