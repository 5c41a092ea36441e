#include "train/result_writer.hpp"

#include <algorithm>
#include <cctype>

#include "datasets/image_file.hpp"
#include "framework/checkpoint/file_kind.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// Whether a name ends as files do: in a point, a letter and at most four letters or digits more.
bool ends_like_file(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending.size() >= 2 && ending.size() <= 6 &&
         std::isalpha(static_cast<unsigned char>(ending[1])) &&
         std::all_of(ending.begin() + 1, ending.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

void make_folder(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw RunError("cannot make the folder {}: {}", folder.string(), error.message());
}

}  // namespace

bool names_folder(const std::string& out) {
  std::error_code error;
  if (fs::is_directory(out, error) || out.ends_with('/')) return true;
  if (has_image_extension(out) || ArrayPlace::parse(out).is_array()) return false;
  if (!ends_like_file(out)) return true;
  throw InputError(
      "{}: results are written as {}, .npy, .h5 or .hdf5, and not as {}; a folder of that name is "
      "{}/",
      out, image_extensions(), fs::path(out).extension().string(), out);
}

ResultWriter::ResultWriter(const std::string& out, const std::vector<std::string>& names,
                           const std::vector<ImageOrigin>& origins, FileGuard& guard)
    : out_(out), array_(ArrayPlace::parse(out)) {
  const bool is_folder = names_folder(out);
  if (is_folder) array_ = {};
  is_image_ = !is_folder && !array_.is_array();
  if (is_image_ && names.size() > 1) {
    throw InputError(
        "{}: one image file cannot hold several results; name a folder, an .npy or an .h5 file",
        out);
  }
  if (array_.is_array()) {
    guard.writes(array_.file);
  } else {
    for (std::size_t i = 0; i < names.size(); ++i)
      guard.writes(file_of(names[i], i < origins.size() ? origins[i] : ImageOrigin{}));
  }
  guard.check();
  if (array_.is_array()) check_replaceable(array_);
  if (is_image_) check_replaceable(out, FileKind::image);
  make_folder(array_.is_array() ? array_.file.parent_path()
              : is_image_       ? fs::path(out).parent_path()
                                : fs::path(out));
}

fs::path ResultWriter::file_of(const std::string& name, const ImageOrigin& origin) const {
  if (is_image_) return out_;
  // Floats stay floats. An image that kept its ending already may have the one of its result.
  const std::string ending = origin.bits == 32 ? ".tif" : ".png";
  return fs::path(out_) / (name.ends_with(ending) ? name : name + ending);
}

void ResultWriter::add(ConstView results, const ImageBatch& inputs) {
  const Shape sample = results.shape.sample();
  if (array_.is_array()) {
    if (sample_.empty()) sample_ = sample;
    if (!(sample == sample_)) {
      throw InputError(
          "the results are of different shapes, {} and {}, and one array cannot hold them; "
          "name a folder instead of {}",
          to_string(sample_), to_string(sample), out_);
    }
    values_.insert(values_.end(), results.data, results.data + results.size());
  } else {
    if (sample.rank() != 3 || (sample[2] != 1 && sample[2] != 3)) {
      throw InputError("results of {} are no images; name an .npy or .h5 file with -o",
                       to_string(sample));
    }
    for (std::size_t i = 0; i < inputs.names.size(); ++i) {
      const ImageOrigin origin = i < inputs.origins.size() ? inputs.origins[i] : ImageOrigin{};
      const fs::path path = file_of(inputs.names[i], origin);
      make_folder(path.parent_path());
      write_image(path, results.slice(static_cast<Index>(i), 1).reshaped(sample), origin.bits);
    }
  }
  count_ += results.shape[0];
}

Index ResultWriter::finish() {
  if (array_.is_array() && count_ > 0) {
    write_array(array_, {values_.data(), sample_.batched(count_)});
  }
  return count_;
}

}  // namespace adjoint
