#include "train/detect/ground_truth.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "datasets/csv.hpp"
#include "datasets/file_bytes.hpp"
#include "datasets/folder.hpp"
#include "datasets/idx_dataset.hpp"
#include "datasets/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "framework/tensor/error.hpp"
#include "train/array_file.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

std::ifstream open_text(const fs::path& path) {
  std::ifstream stream(path);
  if (!stream) throw InputError("cannot read '{}'", path.string());
  return stream;
}

bool is_idx(const fs::path& file) {
  return file.extension() == ".gz" || file.string().ends_with("-ubyte");
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\"");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

/// The boxes of a text, painted.
Tensor paint_boxes(const fs::path& path, Index height, Index width) {
  Tensor mask = make_tensor({height, width, 1}, 0);
  std::ifstream stream = open_text(path);
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    if (trimmed(line).empty()) continue;
    std::ranges::replace(line, ',', ' ');
    std::istringstream numbers(line);
    Index left = 0, top = 0, right = 0, bottom = 0;
    if (!(numbers >> left >> top >> right >> bottom) || left < 0 || top < 0 || right <= left ||
        bottom <= top || right > width || bottom > height) {
      throw InputError(
          "{}:{}: expected a box \"x1 y1 x2 y2\" inside an image {} pixels wide and {} high, got "
          "\"{}\"",
          path.string(), number, width, height, trimmed(line));
    }
    for (Index y = top; y < bottom; ++y)
      std::fill_n(mask.data() + y * width + left, right - left, Real{1});
  }
  return mask;
}

Tensor read_mask(const fs::path& path, Index height, Index width) {
  const Tensor pixels = read_image(path).pixels;
  Tensor mask = with_channels(view(pixels), 1);
  if (!(shape_of(mask) == Shape{height, width, 1})) {
    throw InputError("'{}' is {}, its image has {} x {} pixels; a mask has the size of its image",
                     path.string(), to_string(shape_of(pixels)), height, width);
  }
  for (Real& value : view(mask).flat()) value = value > Real(0.5) ? Real{1} : Real{0};
  return mask;
}

}  // namespace

ImageLabels::ImageLabels(const fs::path& file, std::vector<std::string> normal)
    : file_(file), normal_(std::move(normal)) {
  if (file.extension() == ".npy") {
    const Tensor labels = read_array(ArrayPlace::parse(file.string()));
    for (const Real label : view(labels).flat())
      in_order_.push_back(std::to_string(std::llround(label)));
    return;
  }
  if (is_idx(file)) {
    for (const std::uint8_t label : read_idx_labels(file))
      in_order_.push_back(std::to_string(label));
    return;
  }
  const Bytes bytes = read_bytes(file);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const CsvRow& row : parse_csv(text, file.string())) {
    if (row.fields.size() < 2) {
      throw InputError("{}:{}: expected \"name,label\", got \"{}\"", file.string(), row.line,
                       row.fields[0]);
    }
    by_name_[fs::path(row.fields[0]).stem().string()] = row.fields[1];
  }
}

bool ImageLabels::is_defective(const std::string& name, Index index) const {
  const auto is_normal = [&](const std::string& label) {
    return std::ranges::find(normal_, label) != normal_.end();
  };
  if (!in_order_.empty()) {
    if (index >= static_cast<Index>(in_order_.size())) {
      throw InputError("{} has {} labels, and there are more images", file_.string(),
                       in_order_.size());
    }
    return !is_normal(in_order_[static_cast<std::size_t>(index)]);
  }
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    const std::string line = csv_line({name, "LABEL"});
    throw InputError("{} has no label for the image \"{}\"; expected a line \"{}\"", file_.string(),
                     name, line.substr(0, line.size() - 1));
  }
  return !is_normal(found->second);
}

DefectMasks::DefectMasks(Kind kind, const fs::path& folder) : kind_(kind), folder_(folder) {
  if (!is_folder(folder)) throw InputError("'{}' is no folder", folder.string());
  for (const fs::path& file : paths_in(folder)) {
    const bool fits = kind == Kind::masks ? has_image_extension(file) : file.extension() == ".txt";
    if (fits) files_[file.stem().string()] = file;
  }
}

const fs::path* DefectMasks::file_of(const std::string& name) const {
  if (const auto found = files_.find(name); found != files_.end()) return &found->second;
  for (std::size_t end = name.find_last_of("-_"); end != std::string::npos && end > 0;
       end = name.find_last_of("-_", end - 1)) {
    const auto found = files_.find(name.substr(0, end));
    if (found != files_.end()) return &found->second;
  }
  return nullptr;
}

std::optional<Tensor> DefectMasks::mask(const std::string& name, Index height, Index width) {
  const fs::path* file = file_of(name);
  if (!file) return std::nullopt;
  used_ = true;
  Tensor mask =
      kind_ == Kind::masks ? read_mask(*file, height, width) : paint_boxes(*file, height, width);
  const bool any = std::ranges::find(view(mask).flat(), Real{1}) != view(mask).flat().end();
  return any ? std::optional(std::move(mask)) : std::nullopt;
}

void DefectMasks::check_used() const {
  if (used_) return;
  throw InputError("no {} in '{}' is named like an image; expected IMAGE{}",
                   kind_ == Kind::masks ? "mask" : "text of boxes", folder_.string(),
                   kind_ == Kind::masks ? ".png" : ".txt");
}

}  // namespace adjoint
