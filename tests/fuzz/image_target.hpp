#pragma once

#include "datasets/formats/image_file.hpp"
#include "tests/fuzz/target.hpp"

namespace adjoint {

/// Reads every page of an image file, if it is of the format.
inline void try_image(bool (*recognizes)(std::span<const std::uint8_t>),
                      std::span<const std::uint8_t> bytes) {
  if (!recognizes(bytes)) return;
  const TemporaryFile file(bytes);
  const std::vector<ImageInfo> pages = image_pages(file.path());
  Index elements = 0;
  for (const ImageInfo& page : pages) elements += page.shape().size();
  if (elements > kLargest) return;
  for (std::size_t page = 0; page < pages.size(); ++page) {
    try {
      read_image(file.path(), static_cast<Index>(page));
    } catch (const InputError&) {  // the next page may be whole
    }
  }
}

}  // namespace adjoint
