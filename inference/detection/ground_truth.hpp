#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Labels that say which images are defective: by name from a CSV file (name,label; lines of other
/// images do no harm), or one label an image, in order, from an .npy or IDX file. How names are
/// matched: NameMatch.
class ImageLabels {
 public:
  /// `normal` are the labels of defect-free images, `images` the names of all images in order.
  /// Throws InputError if the file is none of these, or an image has no label or two.
  ImageLabels(const std::filesystem::path& file, const std::vector<std::string>& normal,
              const std::vector<std::string>& images);
  /// Whether the image of that number, counted from 0, is defective.
  bool is_defective(Index number) const { return defective_[static_cast<std::size_t>(number)]; }
  /// Whether defective images have more than one label, so that labels name kinds of defects.
  bool tell_kinds() const;
  /// Its label as the file has it.
  const std::string& label(Index number) const { return labels_[static_cast<std::size_t>(number)]; }

 private:
  std::vector<bool> defective_;
  std::vector<std::string> labels_;
};

/// Where images are defective: from a folder with an image for each (white where it is), or with a
/// text for each, a line "x1 y1 x2 y2 ..." for each box, in pixels, x2 and y2 outside it; in
/// folders below it as the images are. How names are matched: NameMatch. An image without a file
/// has no defect.
class DefectMasks {
 public:
  enum class Kind { masks, boxes };
  /// `images` are the names of those that may have one. Throws InputError if a file belongs to two
  /// of them, or none to any.
  DefectMasks(Kind kind, const std::filesystem::path& folder,
              const std::vector<std::string>& images);
  /// (height, width, 1): 1 where the image is defective, else 0. Nothing if it is nowhere. Throws
  /// InputError if the file is damaged or of another size.
  std::optional<Tensor> mask(const std::string& image, Index height, Index width) const;

 private:
  Kind kind_;
  std::map<std::string, std::filesystem::path> files_;  // by image
};

}  // namespace adjoint
