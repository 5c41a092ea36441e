#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// A file among the inputs of a command, as far as the names of its images need it.
struct NamedFile {
  std::filesystem::path file;
  std::filesystem::path folder;  // the given folder, or the one of the given file
  std::string dataset = {};      // of an HDF5 file, if it was named
  bool from_folder = false;      // found in a folder that was given
  bool numbered = false;         // may hold several images: their names end in -00000, -00001, ...
  Index images = 1;
};

/// Names of the images of some files, in order: the file's path below the common parent of
/// all folders, without the ending. A folder alone gives "000", two beside each other "good/000"
/// and "broken/000", single files their stems. Files that would share a name keep their endings
/// ("a.png" and "a.jpg"), so that two images have one name only if one file is given twice.
std::vector<std::string> image_names(const std::vector<NamedFile>& files);

}  // namespace adjoint
