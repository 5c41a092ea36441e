#pragma once

#include "datasets/split.hpp"
#include "framework/storage/checkpoint.hpp"

namespace adjoint {

/// Lists the image files that a split trains on and those that it holds out, in their common
/// folder. Empty where images have no files of their own.
ImageRecord image_record(const Split& split);

/// Name of an image in a record with that folder: "good/000.png".
std::string recorded_name(const std::string& image_name, const std::string& folder);

/// The record of a training that goes on with `now` after `before`: what it once trained on is no
/// longer held out.
ImageRecord joined(const ImageRecord& before, ImageRecord now);

}  // namespace adjoint
