#include "inference/detection/ground_truth.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "datasets/folder.hpp"
#include "datasets/formats/array_file.hpp"
#include "datasets/formats/csv.hpp"
#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/sources/idx_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/name_match.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

std::ifstream open_text(const fs::path& path) {
  std::ifstream stream(path);
  if (!stream) throw InputError("cannot read '{}'", path.string());
  return stream;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\"");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

/// Paints the boxes that a text lists.
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

/// One label an image, in order; nothing if the file is a CSV.
std::optional<std::vector<std::string>> labels_in_order(const fs::path& file) {
  std::vector<std::string> labels;
  if (file.extension() == ".npy") {
    const Tensor array = read_array(ArrayPlace::parse(file.string()));
    for (const Real label : view(array).flat())
      labels.push_back(std::to_string(std::llround(label)));
    return labels;
  }
  if (is_idx_file(file)) {
    for (const std::uint8_t label : read_idx_labels(file)) labels.push_back(std::to_string(label));
    return labels;
  }
  return std::nullopt;
}

/// The labels of a CSV, by name. A name may come twice with one label.
std::map<std::string, std::string> labels_by_name(const fs::path& file) {
  std::map<std::string, std::string> labels;
  const Bytes bytes = read_bytes(file);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const CsvRow& row : parse_csv(text, file.string())) {
    if (row.fields.size() < 2) {
      throw InputError("{}:{}: expected \"name,label\", got \"{}\"", file.string(), row.line,
                       row.fields[0]);
    }
    const auto [known, is_new] = labels.emplace(row.fields[0], row.fields[1]);
    if (!is_new && known->second != row.fields[1]) {
      throw InputError("{}:{}: \"{}\" has the label \"{}\" here and \"{}\" above", file.string(),
                       row.line, row.fields[0], row.fields[1], known->second);
    }
  }
  return labels;
}

/// The files of a folder and of all below it.
std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    const bool hidden = entry->path().filename().string().starts_with('.');
    if (!hidden && entry->is_regular_file(unknown)) files.push_back(entry->path());
  }
  if (error) throw InputError("cannot read the folder '{}': {}", folder.string(), error.message());
  std::ranges::sort(files);
  return files;
}

}  // namespace

ImageLabels::ImageLabels(const fs::path& file, const std::vector<std::string>& normal,
                         const std::vector<std::string>& images) {
  const auto add = [&](const std::string& label) {
    defective_.push_back(std::ranges::find(normal, label) == normal.end());
    labels_.push_back(label);
  };
  if (const std::optional<std::vector<std::string>> labels = labels_in_order(file)) {
    if (labels->size() != images.size()) {
      throw InputError("{} has {} labels, and there are {} images; expected one each, in order",
                       file.string(), labels->size(), images.size());
    }
    std::ranges::for_each(*labels, add);
    return;
  }
  std::vector<std::string> names, labels;
  for (const auto& [name, label] : labels_by_name(file)) {
    names.push_back(name);
    labels.push_back(label);
  }
  NameMatch match(NameMatch::Rule::same_name, file.string(), names);
  for (const std::string& image : images) {
    const std::optional<std::size_t> entry = match.find(image);
    if (!entry) {
      const std::string line = csv_line({image, "LABEL"});
      throw InputError("{} has no label for the image \"{}\"; expected a line \"{}\"",
                       file.string(), image, line.substr(0, line.size() - 1));
    }
    add(labels[*entry]);
  }
}

bool ImageLabels::tell_kinds() const {
  const std::string* first = nullptr;
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (!defective_[i]) continue;
    if (first && labels_[i] != *first) return true;
    first = &labels_[i];
  }
  return false;
}

DefectMasks::DefectMasks(Kind kind, const fs::path& folder, const std::vector<std::string>& images)
    : kind_(kind) {
  if (!is_folder(folder)) throw InputError("'{}' is not a folder", folder.string());
  std::vector<fs::path> files;
  std::vector<std::string> names;
  for (const fs::path& file : files_below(folder)) {
    const fs::path name = file.lexically_relative(folder);
    if (kind == Kind::masks ? !has_image_extension(file) : file.extension() != ".txt") continue;
    files.push_back(file);
    names.push_back(kind == Kind::masks ? name.string()
                                        : fs::path(name).replace_extension().string());
  }
  NameMatch match(NameMatch::Rule::mask_of_name, folder.string(), names);
  for (const std::string& image : images) {
    if (const std::optional<std::size_t> entry = match.find(image)) files_[image] = files[*entry];
  }
  if (files_.empty() && !images.empty()) {
    const char* ending = kind == Kind::masks ? ".png" : ".txt";
    throw InputError("no {} in '{}' is named like an image; expected \"{}{}\" or the like{}",
                     kind == Kind::masks ? "mask" : "text of boxes", folder.string(),
                     images.front(), ending,
                     names.empty() ? std::string() : fmt::format(", found \"{}\"", names.front()));
  }
}

std::optional<Tensor> DefectMasks::mask(const std::string& image, Index height, Index width) const {
  const auto file = files_.find(image);
  if (file == files_.end()) return std::nullopt;
  Tensor mask = kind_ == Kind::masks ? read_mask(file->second, height, width)
                                     : paint_boxes(file->second, height, width);
  const bool any = std::ranges::find(view(mask).flat(), Real{1}) != view(mask).flat().end();
  return any ? std::optional(std::move(mask)) : std::nullopt;
}

}  // namespace adjoint
