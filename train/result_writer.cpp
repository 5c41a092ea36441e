#include "train/result_writer.hpp"

#include "datasets/image_file.hpp"
#include "framework/checkpoint/file_kind.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

namespace fs = std::filesystem;

namespace {

void make_folder(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw RunError("cannot make the folder {}: {}", folder.string(), error.message());
}

}  // namespace

ResultWriter::ResultWriter(const std::string& out, bool single)
    : out_(out), array_(ArrayPlace::parse(out)), is_image_(has_image_extension(out)) {
  if (is_image_ && !single) {
    throw InputError(
        "{}: one image file cannot hold several results; name a folder, an .npy or an .h5 file",
        out);
  }
  if (array_.is_array()) check_replaceable(array_);
  if (is_image_) check_replaceable(out, FileKind::image);
  const fs::path folder =
      is_image_ || array_.is_array() ? array_.file.parent_path() : fs::path(out);
  make_folder(folder);
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
    for (Index i = 0; i < inputs.count(); ++i) {
      if (!names_.insert(inputs.names[i]).second) {
        throw InputError(
            "two inputs are called \"{}\", and the folder {} cannot hold both results; run them "
            "one by one, or name an .npy or .h5 file with -o",
            inputs.names[i], out_);
      }
      // Floats stay floats.
      const std::string name = inputs.names[i] + (inputs.bits == 32 ? ".tif" : ".png");
      const fs::path path = is_image_ ? fs::path(out_) : fs::path(out_) / name;
      make_folder(path.parent_path());
      write_image(path, results.slice(i, 1).reshaped(sample), inputs.bits);
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
