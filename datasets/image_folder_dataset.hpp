#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/image_cache.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

/// What is made of the images of a folder, in this order.
struct ImageFolderSpec {
  std::string channels = "stored";  // "gray", "rgb" or "stored": what the files have
  std::optional<Extent2> crop;      // cut from the centre
  std::optional<Extent2> resize;    // to this size, whatever the shape was
  std::optional<Extent2> patches;   // cut anywhere, new ones in each epoch
  Index patches_per_image = 16;
  Index cache_mb = 512;  // megabytes of decoded images that are kept; 0: none
};

/// The images of one folder in the order of their names, or one image file; each is read when it is
/// asked for, and kept while the cache has room for it. With patches, sample i is a patch of image
/// i / patches_per_image.
class ImageFolderDataset : public Dataset {
 public:
  /// Reads the head of every file. Throws InputError if there is none, or if they do not come out
  /// with one size and number of channels.
  ImageFolderDataset(const std::filesystem::path& folder, const ImageFolderSpec& spec,
                     std::uint64_t seed);

  Index size() const override { return static_cast<Index>(files_.size()) * group(); }
  Shape shape() const override { return shape_; }
  Index group() const override { return spec_.patches ? spec_.patches_per_image : 1; }
  void read(Index index, std::uint32_t epoch, View sample) const override;

 private:
  Tensor decoded(const std::filesystem::path& file) const;

  ImageFolderSpec spec_;
  std::uint64_t seed_;
  std::vector<std::filesystem::path> files_;
  Shape shape_;
  mutable ImageCache cache_;  // of decoded(); changes no result
};

/// The image files of a folder in the order of their names, or the one file that is given. Throws
/// InputError if there is none.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& folder);

}  // namespace adjoint
