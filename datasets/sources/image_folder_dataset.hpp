#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/image_cache.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

class Keys;
struct SourcePlace;

/// Colour channels of the images: as stored, or converted.
enum class Colours { stored, gray, rgb };
constexpr std::array<std::string_view, 3> config_names(Colours) {
  return {"stored", "gray", "rgb"};
}

/// The source "images": what is made of the images of a folder, in this order.
struct ImageFolderSpec {
  std::string files = "*";           // which files of the folder: a pattern as shells take it
  std::vector<std::string> exclude;  // patterns of those that are left out
  Colours channels = Colours::stored;
  std::optional<Extent2> crop;     // cut from the centre
  std::optional<Extent2> resize;   // to this size, whatever the shape was
  std::optional<Extent2> patches;  // cut anywhere, new ones in each epoch
  Index patches_per_image = 16;
  Index cache_mb = 512;  // megabytes of decoded images that are kept; no key of its own
  double white = 0;      // the stored number that means 1, as read_image() takes it; likewise

  void keys(Keys& key);
  DatasetPtr open(const SourcePlace& place) const;
};

/// Image files in the order of their names.
struct ImageList {
  std::vector<std::filesystem::path> files;
  std::vector<Index> labels;             // of the files, where each class has a folder
  std::vector<std::string> label_names;  // the names of these folders
};

/// The entries of a folder in the order of their names. Hidden files do not count.
struct FolderContents {
  std::vector<std::filesystem::path> images;  // their names match, and end like an image's
  std::vector<std::filesystem::path> folders;
  std::vector<std::filesystem::path> others;
};

/// Lists a folder, without the folders in it. `pattern` is for the names of images, with * and ?;
/// those that one of `exclude` matches, as NAME or FOLDER/NAME, count among the others. Throws
/// InputError if the folder cannot be read.
FolderContents folder_contents(const std::filesystem::path& folder,
                               const std::string& pattern = "*",
                               const std::vector<std::string>& exclude = {});

/// Whether it is an image file, by its ending, or a folder that list_images() takes.
bool is_image_data(const std::string& path);

/// The image files of a folder whose names match the pattern, none of `exclude`, and begin with no
/// dot; or the one file that is given; or, where a folder holds no images but folders of them,
/// those of all its folders, labelled by the folder. Throws InputError if there is none.
ImageList list_images(const std::filesystem::path& folder, const std::string& pattern = "*",
                      const std::vector<std::string>& exclude = {});

/// The images of the files that list_images() finds, page by page; each is read when it is asked
/// for, and kept while the cache has room for it. With patches, sample i is a patch of image i /
/// patches_per_image.
class ImageFolderDataset : public Dataset {
 public:
  /// Reads the heads of every file. Throws InputError if there is none, if some cannot be used, all
  /// of which it names, or if they do not come out with one size and number of channels.
  ImageFolderDataset(const std::filesystem::path& folder, const ImageFolderSpec& spec,
                     std::uint64_t seed);

  /// Opens the files of a list; `folder` stands for them in messages.
  ImageFolderDataset(ImageList files, const std::filesystem::path& folder,
                     const ImageFolderSpec& spec, std::uint64_t seed);

  Index size() const override { return static_cast<Index>(images_.size()) * group(); }
  Shape shape() const override { return shape_; }
  Index group() const override { return spec_.patches ? spec_.patches_per_image : 1; }
  void read(Index index, std::uint32_t epoch, View sample) const override;
  Tensor whole(Index index) const override;
  std::string image_name(Index index) const override;
  Levels levels() const override { return levels_; }
  Index label(Index index) const override;
  std::vector<std::string> label_names() const override { return files_.label_names; }
  /// The file of a sample, and the height and width of its image there.
  const std::filesystem::path& file_of(Index index) const;
  Extent2 stored_size(Index index) const;

 private:
  struct Place {
    std::size_t file;
    Index page, pages;
    Extent2 size;
  };
  Tensor pixels(const Place& place) const;
  Tensor decoded(const Place& place) const;
  ImageCache::ImagePtr image_of(Index index) const;

  ImageFolderSpec spec_;
  std::uint64_t seed_;
  ImageList files_;
  std::vector<Place> images_;
  Shape shape_;
  Levels levels_;
  mutable ImageCache cache_;  // of decoded(); changes no result
};

}  // namespace adjoint
