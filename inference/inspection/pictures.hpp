#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inference/inspection/inspection.hpp"

namespace adjoint {

/// A picture of what a model learned, and the words beside it.
struct Picture {
  std::string file;     // "kernel-enc1-after.png"
  std::string subject;  // "enc1", or "enc1 and dec1"
  std::string about;    // "enc1, after training"
  std::string caption;  // explains the rows, and says what is left out
  Tensor pixels;        // (height, width, 1 or 3) in [0, 1]
};

/// A layer's name as part of a file's.
std::string file_part(std::string name);
/// "16 channels", or "the first 64 of 128 channels": of 16 or 128 times a "channel".
std::string shown_text(Index shown, Index all, std::string_view what);

/// Mosaics of each kernel, and of each pair that can be compared, in one scale; the kernels'
/// frequency responses; before and after training.
std::vector<Picture> draw_pictures(const Inspection& inspection);

}  // namespace adjoint
