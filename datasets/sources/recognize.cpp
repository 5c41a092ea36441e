#include "datasets/sources/recognize.hpp"

#include "datasets/formats/array_place.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/sources/cifar10_dataset.hpp"
#include "datasets/sources/idx_dataset.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// Whether a search of a folder finds anything.
template <class Find>
bool finds(Find find) {
  try {
    find();
    return true;
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace

std::string recognize_source(const std::string& path) {
  const ArrayPlace array = ArrayPlace::parse(path);
  std::error_code error;
  if (!fs::exists(array.file, error)) return "";
  if (fs::is_directory(path, error)) {
    for (const char* which : {"train", "test"}) {
      if (finds([&] { find_idx_images(path, which); })) return "idx";
      if (finds([&] { find_cifar10_files(path, which); })) return "cifar10";
    }
    return finds([&] { list_images(path); }) ? "images" : "";
  }
  if (array.is_hdf5()) return "hdf5";
  if (array.is_array()) return "npy";
  if (has_image_extension(path)) return "images";
  if (path.ends_with(".bin")) return "cifar10";
  return is_idx_file(path) ? "idx" : "";
}

}  // namespace adjoint
