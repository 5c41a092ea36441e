#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/parallel/ranks.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Where an image comes from.
struct ImageOrigin {
  std::filesystem::path file;
  Index page = 0, pages = 1;  // of an image file that may hold several
  Index number = 0;           // among all images of the inputs, those that cannot be read included
  int bits = 8;               // of an image file, as ImageInfo has them
  double white = 0;           // the number of an image file that became 1
};

/// Images of one size and depth, and what they are called.
struct ImageBatch {
  Tensor pixels;                                   // (count, height, width, channels), in [0, 1]
  std::vector<std::string> names;                  // as image_names() gives them; one each
  std::vector<ImageOrigin> origins = {};           // one each, or none
  std::vector<std::optional<Tensor>> alphas = {};  // as in Image; one each, or none

  Index count() const { return static_cast<Index>(names.size()); }
};

/// The INPUT of a command, in any mix and read piece by piece in the order given: image files (each
/// page of a TIFF an image) and folders of them, each image with its own size, depth and alpha; and
/// whatever else recognize_source() knows, such as .npy and .h5 arrays, IDX files and CIFAR-10, as
/// the Dataset that training reads. Files of a folder come in the order of their names; those whose
/// names begin with a dot do not count.
class ImageSource {
 public:
  /// Policy for an image file that cannot be read: it is left out, and check_complete()
  /// tells; or it is refused before any image is handed out.
  enum class Unreadable { skip, refuse };

  /// Looks at all inputs: the heads of image files, the shapes of datasets; with
  /// Unreadable::refuse also decodes every image once. Throws InputError if an input is missing or
  /// of no known kind, a folder holds no image, or no image can be read. `channels` are those of
  /// the model: they tell an array (height, width, channels) from one (count, height, width).
  /// `white` is the stored number that means 1, as read_image() and every source take it.
  ImageSource(const std::vector<std::string>& inputs, Index channels,
              Unreadable unreadable = Unreadable::skip, double white = 0);

  /// Has next() hand out the images that are this rank's: each image is some rank's, and all ranks
  /// have about as many. Before the first next().
  void share(Ranks& ranks);
  /// The next images: consecutive ones of one size and depth together, up to a sensible count.
  /// Which images are together may differ between numbers of ranks, but for those that
  /// ImageModel::together() tells. Nothing at the end, which is collective where ranks share the
  /// images: skipped() is then that of all. Throws InputError at the end if not one image could be
  /// read.
  std::optional<ImageBatch> next();
  /// One image by its number, (1, height, width, channels). Nothing if it cannot be read.
  std::optional<ImageBatch> at(Index number);
  /// Shape of the first image that can be read, (height, width, channels); empty if none can be.
  Shape first_shape() const;

  /// The names of all images in order, those that cannot be read included.
  const std::vector<std::string>& names() const { return names_; }
  /// Their labels, of datasets that have any: a label's name or its number, "" for no label. Empty
  /// if no image has one.
  std::vector<std::string> labels() const;
  /// Where these come from.
  std::vector<ImageOrigin> origins() const;
  /// The files that are read, each once or more.
  std::vector<std::filesystem::path> files() const;
  /// Whether the only input is one image.
  bool is_single_image() const;
  /// Whether any input is a dataset and no image file.
  bool has_datasets() const;

  /// Entries of the folders that are not read: a line for each folder that has any, such as
  /// "not read in photos: 2 other files (.txt, .webp), 1 folder".
  const std::vector<std::string>& unread() const { return unread_; }
  /// Why images were left out so far, a message for each file or page.
  const std::vector<std::string>& skipped() const { return skipped_; }
  /// Warning if the values of the first images are far from [0, 1], with the likely white level:
  /// see LevelCheck.
  std::optional<std::string> level_warning() const;
  /// Throws RunError that lists the images that were left out, if there are any.
  void check_complete() const;

 private:
  struct Item {
    enum class Kind { image, dataset, unreadable } kind;
    std::filesystem::path file;
    DatasetPtr dataset = {};  // where it is one
    ImageInfo info = {};      // of an image, and where it stands in its file
    Index page = 0, pages = 1;
    Index count = 1;  // images of a dataset
    Index first = 0;  // number of its first image
  };
  struct Looking;
  void look_at_folder(const std::string& folder, Looking& found);
  void look_at_image(const std::filesystem::path& file, Looking& found);
  void decode_all();
  std::string refusal() const;
  /// Images that are handed out in one go or a few: readable_[first] ... [last - 1]. They are of
  /// one size and depth, as all from readable_[run] on.
  struct Piece {
    std::size_t run = 0, first = 0, last = 0;
  };
  const Item& item_of(Index number) const;
  Image decode(Index number) const;
  bool alike(Index a, Index b) const;
  void plan();
  ImageBatch read(Piece& piece);
  void end();
  void skip(Index number, const std::string& reason);
  ImageOrigin origin_of(const Item& item, Index index) const;
  void add_to(ImageBatch& batch, Index number) const;

  Index channels_;
  double white_;
  std::vector<Item> items_;
  std::vector<std::string> names_;
  std::vector<std::string> unread_;
  std::vector<std::string> skipped_;
  std::vector<Index> skipped_later_;  // numbers of the last ones: their heads could be read
  Ranks* ranks_ = &alone();
  std::vector<Index> readable_;  // numbers of images, as far as their heads tell
  std::vector<Piece> pieces_;    // of this rank
  std::size_t position_ = 0;     // among them
  bool planned_ = false, ended_ = false;
  bool any_ = false;  // image was handed out
};

}  // namespace adjoint
