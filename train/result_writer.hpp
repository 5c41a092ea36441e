#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "train/array_file.hpp"
#include "train/image_source.hpp"

namespace adjoint {

/// The OUT of a command, by its ending: an array (.npy, .h5, .h5:/dataset) of all results, one
/// image, or a folder of images.
class ResultWriter {
 public:
  /// Throws InputError if one image file is asked for and there will be more, or OUT would destroy
  /// a file of another kind or an HDF5 file that holds other data.
  ResultWriter(const std::string& out, bool single);

  /// Adds the results that belong to some inputs: (count, ...), and keeps their bits for image
  /// files.
  void add(ConstView results, const ImageBatch& inputs);
  /// Writes what is not written yet. Returns the number of results.
  Index finish();
  /// What was written, for messages.
  std::string place() const { return out_; }

 private:
  std::string out_;
  ArrayPlace array_;
  bool is_image_ = false;
  Index count_ = 0;
  std::set<std::string> names_;  // of a folder's images
  Shape sample_;                 // of an array's results
  std::vector<Real> values_;     // of an array's results so far
};

}  // namespace adjoint
