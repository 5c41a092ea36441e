#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/array_file.hpp"
#include "inference/images/array_output.hpp"
#include "inference/images/file_guard.hpp"
#include "inference/images/image_source.hpp"

namespace adjoint {

/// Whether a command's OUT names a folder of files: one that is there, or a name with a slash at
/// its end, or without an ending. Throws InputError if it ends like a file of a kind that is not
/// written ("clean.webp").
bool names_folder(const std::string& out);

/// The ending of an image's result in a folder: that of its file, if such files can hold the
/// result; else .tif for pages and floats, .png for others.
std::string result_ending(const ImageOrigin& origin);

/// The OUT of a command, by its ending: an array (.npy, .h5, .h5:/dataset) of all results, one
/// image, a TIFF of several, or a folder of images, which keep the formats of their inputs: pages
/// of a TIFF make a TIFF again.
class ResultWriter {
 public:
  /// For results of these names; `origins` are those of the images that they are made of, or none.
  /// Plans the files, adds them to those of the command and has the guard compare them all; then
  /// makes the folder. Throws InputError if the guard does, `out` is of no known kind, one image
  /// file is asked for and there will be more, or `out` would destroy a file of another kind or an
  /// HDF5 file that holds other data; RunError if the folder cannot be made. `arrays` writes them.
  ResultWriter(const std::string& out, const std::vector<std::string>& names,
               const std::vector<ImageOrigin>& origins, FileGuard& guard,
               std::shared_ptr<const ArrayOutput> arrays = std::make_shared<ArrayOutput>());
  /// For the images of a source.
  ResultWriter(const std::string& out, const ImageSource& source, FileGuard& guard,
               std::shared_ptr<const ArrayOutput> arrays = std::make_shared<ArrayOutput>())
      : ResultWriter(out, source.names(), source.origins(), guard, std::move(arrays)) {}

  /// Has each rank add the results of some of the images, in ascending order. Files of one image
  /// are written by the rank that adds it; a file of several by rank 0, in finish(). Before the
  /// first add().
  void share(Ranks& ranks) { ranks_ = &ranks; }
  /// Has arrays hold results times this number; else they are in [0, 1].
  void scale_arrays(double white) { array_white_ = white; }
  /// Adds the results that belong to some inputs: (count, ...). Image files keep their bits, white
  /// level and alpha.
  void add(ConstView results, const ImageBatch& inputs);
  /// Writes what is not written yet. Returns the number of results. Collective where ranks share
  /// the writing.
  Index finish();
  /// The written file or folder, for messages.
  std::string place() const { return out_; }

 private:
  /// Results of one shape and what they are made of, but for its pixels.
  struct Results {
    Tensor values;
    ImageBatch inputs;
  };
  bool is_page(const ImageOrigin& origin) const;
  bool in_one_file() const;
  std::string pack_kept();
  void unpack(const std::string& bytes);
  void put(ConstView results, const ImageBatch& inputs);
  std::filesystem::path file_of(const std::string& name, const ImageOrigin& origin) const;
  void write(const std::filesystem::path& path, ConstView result, const WriteOptions& options,
             const ImageOrigin& origin);
  void finish_stack();

  std::string out_;
  ArrayPlace array_;
  std::shared_ptr<const ArrayOutput> arrays_;
  std::vector<std::string> names_;
  std::vector<ImageOrigin> origins_;
  Ranks* ranks_ = &alone();
  std::vector<Results> kept_;  // for finish(): only where ranks share the writing of one file
  Index planned_ = 0;          // results that there will be
  bool is_array_ = false;
  bool is_image_ = false;
  bool is_stack_ = false;  // an image file of several results
  double array_white_ = 1;
  std::optional<ImageStack> stack_;  // the file of several images under way
  std::filesystem::path stack_file_;
  Index count_ = 0;
  Shape sample_;                // of an array's results
  std::vector<Real> values_;    // of an array's results so far
  std::vector<Index> numbers_;  // of their images
};

}  // namespace adjoint
