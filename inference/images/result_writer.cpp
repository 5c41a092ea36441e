#include "inference/images/result_writer.hpp"

#include <algorithm>
#include <cctype>

#include "datasets/formats/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "framework/storage/file_kind.hpp"
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

std::string result_ending(const ImageOrigin& origin) {
  const bool several = origin.pages > 1;
  if (origin.bits <= most_bits(origin.file) && (!several || holds_several_images(origin.file)))
    return origin.file.extension().string();
  return several || origin.bits == 32 ? ".tif" : ".png";
}

ResultWriter::ResultWriter(const std::string& out, const std::vector<std::string>& names,
                           const std::vector<ImageOrigin>& origins, FileGuard& guard)
    : out_(out), array_(ArrayPlace::parse(out)) {
  const bool is_folder = names_folder(out);
  if (is_folder) array_ = {};
  is_image_ = !is_folder && !array_.is_array();
  planned_ = static_cast<Index>(names.size());
  is_stack_ = is_image_ && planned_ > 1;
  if (is_stack_ && !holds_several_images(out)) {
    throw InputError(
        "{}: one image file cannot hold several results; name a folder, a .tif, an .npy or an .h5 "
        "file",
        out);
  }
  if (array_.is_array()) {
    guard.writes(array_.file);
  } else {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const ImageOrigin origin = i < origins.size() ? origins[i] : ImageOrigin{};
      const bool follows = is_stack_ ? i > 0 : origin.page > 0;  // in a file that is named already
      if (!follows) guard.writes(file_of(names[i], origin));
    }
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
  const std::string ending = result_ending(origin);
  // The names of pages end in their number.
  const std::string stem = is_page(origin) ? name.substr(0, name.rfind('-')) : name;
  // An image that kept its ending already may have the one of its result.
  return fs::path(out_) / (stem.ends_with(ending) ? stem : stem + ending);
}

bool ResultWriter::is_page(const ImageOrigin& origin) const {
  return is_stack_ || (!is_image_ && origin.pages > 1);
}

void ResultWriter::write(const fs::path& path, ConstView result, const WriteOptions& options,
                         const ImageOrigin& origin) {
  if (!is_page(origin)) return write_image(path, result, options);
  if (!stack_ || stack_file_ != path) {
    finish_stack();
    stack_.emplace(path, result.size() * (is_stack_ ? planned_ : origin.pages));
    stack_file_ = path;
  }
  stack_->add(result, options);
}

void ResultWriter::finish_stack() {
  if (stack_) stack_->finish();
  stack_.reset();
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
    for (const Real x : results.flat()) values_.push_back(x * static_cast<Real>(array_white_));
  } else {
    if (sample.rank() != 3 || (sample[2] != 1 && sample[2] != 3)) {
      throw InputError("results of {} are not images; name an .npy or .h5 file with -o",
                       to_string(sample));
    }
    for (std::size_t i = 0; i < inputs.names.size(); ++i) {
      const ImageOrigin origin = i < inputs.origins.size() ? inputs.origins[i] : ImageOrigin{};
      const fs::path path = file_of(inputs.names[i], origin);
      make_folder(path.parent_path());
      std::optional<Tensor> alpha = i < inputs.alphas.size() ? inputs.alphas[i] : std::nullopt;
      if (alpha && !(shape_of(*alpha) == Shape{sample[0], sample[1], 1}))  // of a larger result
        alpha = resized(view(std::as_const(*alpha)), sample[0], sample[1], Filter::cubic);
      write(path, results.slice(static_cast<Index>(i), 1).reshaped(sample),
            {.bits = origin.bits,
             .white = origin.white,
             .alpha = alpha ? view(std::as_const(*alpha)) : ConstView{}},
            origin);
    }
  }
  count_ += results.shape[0];
}

Index ResultWriter::finish() {
  finish_stack();
  if (array_.is_array() && count_ > 0) {
    write_array(array_, {values_.data(), sample_.batched(count_)});
  }
  return count_;
}

}  // namespace adjoint
