#include "inference/images/result_writer.hpp"

#include <algorithm>
#include <cctype>

#include "datasets/formats/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "framework/parallel/message.hpp"
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

void make_result_folder(const fs::path& folder) {
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
                           const std::vector<ImageOrigin>& origins, FileGuard& guard,
                           std::shared_ptr<const ArrayOutput> arrays)
    : out_(out),
      array_(ArrayPlace::parse(out)),
      arrays_(std::move(arrays)),
      names_(names),
      origins_(origins) {
  std::error_code error;
  const bool is_there = fs::is_directory(out, error) || out.ends_with('/');
  is_array_ = !is_there && arrays_->takes(array_);
  const bool is_folder = !is_array_ && names_folder(out);
  is_image_ = !is_folder && !is_array_;
  planned_ = static_cast<Index>(names.size());
  is_stack_ = is_image_ && planned_ > 1;
  if (is_stack_ && !holds_several_images(out)) {
    throw InputError(
        "{}: one image file cannot hold several results; name a folder, a .tif, an .npy or an .h5 "
        "file",
        out);
  }
  if (is_array_) {
    guard.writes(array_.file);
  } else {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const ImageOrigin origin = i < origins.size() ? origins[i] : ImageOrigin{};
      const bool follows = is_stack_ ? i > 0 : origin.page > 0;  // in a file that is named already
      if (!follows) guard.writes(file_of(names[i], origin));
    }
  }
  guard.check();
  if (is_array_) arrays_->check_replaceable(array_);
  if (is_image_) check_replaceable(out, FileKind::image);
  make_result_folder(is_array_   ? array_.file.parent_path()
                     : is_image_ ? fs::path(out).parent_path()
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

/// Whether any file holds several results.
bool ResultWriter::in_one_file() const {
  return is_array_ ||
         std::ranges::any_of(origins_, [&](const ImageOrigin& origin) { return is_page(origin); });
}

void ResultWriter::add(ConstView results, const ImageBatch& inputs) {
  if (!ranks_->several() || !in_one_file()) return put(results, inputs);
  // The results between these are other ranks'.
  kept_.push_back({copy_of(results), {.pixels = {}, .names = {}}});
  ImageBatch& kept = kept_.back().inputs;
  kept.names = inputs.names;
  kept.origins = inputs.origins;
  kept.alphas = inputs.alphas;
}

/// Which images and their alphas, then the results; the rest unpack() knows.
std::string ResultWriter::pack_kept() {
  Packer packed;
  for (const auto& [values, inputs] : kept_) {
    packed.add(inputs.names.size());
    for (std::size_t i = 0; i < inputs.names.size(); ++i) {
      const std::optional<Tensor>& alpha = inputs.alphas[i];
      packed.add(inputs.origins[i].number);
      packed.add(alpha.has_value());
      if (!alpha) continue;
      packed.add(shape_of(*alpha));
      packed.add(std::span<const Real>(alpha->data(), alpha->size()));
    }
    packed.add(shape_of(values));
    packed.add(std::span<const Real>(values.data(), values.size()));
  }
  kept_.clear();
  return packed.bytes();
}

void ResultWriter::unpack(const std::string& bytes) {
  Unpacker packed(bytes);
  const auto take_tensor = [&] {
    Tensor tensor = make_tensor(packed.take<Shape>());
    std::ranges::copy(packed.take_all<Real>(), tensor.begin());
    return tensor;
  };
  while (!packed.at_end()) {
    ImageBatch inputs;
    const auto count = packed.take<std::size_t>();
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = static_cast<std::size_t>(packed.take<Index>());
      inputs.names.push_back(names_[number]);
      inputs.origins.push_back(origins_[number]);
      inputs.alphas.push_back(packed.take<bool>() ? std::optional(take_tensor()) : std::nullopt);
    }
    kept_.push_back({take_tensor(), std::move(inputs)});
  }
}

void ResultWriter::put(ConstView results, const ImageBatch& inputs) {
  const Shape sample = results.shape.sample();
  if (is_array_) {
    if (sample_.empty()) sample_ = sample;
    if (!(sample == sample_)) {
      throw InputError(
          "the results are of different shapes, {} and {}, and one array cannot hold them; "
          "name a folder instead of {}",
          to_string(sample_), to_string(sample), out_);
    }
    for (const Real x : results.flat()) values_.push_back(x * static_cast<Real>(array_white_));
    for (Index i = 0; i < results.shape[0]; ++i) {
      const auto n = static_cast<std::size_t>(i);
      numbers_.push_back(n < inputs.origins.size() ? inputs.origins[n].number : count_ + i);
    }
  } else {
    if (sample.rank() != 3 || (sample[2] != 1 && sample[2] != 3)) {
      throw InputError("results of {} are not images; name an .npy or .h5 file with -o",
                       to_string(sample));
    }
    for (std::size_t i = 0; i < inputs.names.size(); ++i) {
      const ImageOrigin origin = i < inputs.origins.size() ? inputs.origins[i] : ImageOrigin{};
      const fs::path path = file_of(inputs.names[i], origin);
      make_result_folder(path.parent_path());
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
  for (const std::string& bytes : texts_at_first(*ranks_, pack_kept())) unpack(bytes);
  std::ranges::sort(kept_, {}, [](const Results& kept) { return kept.inputs.origins[0].number; });
  for (const auto& [values, inputs] : kept_) put(view(values), inputs);
  kept_.clear();
  finish_stack();
  if (is_array_ && count_ > 0) {
    arrays_->write(array_, {values_.data(), sample_.batched(count_)}, numbers_);
  }
  Index all = 0;
  for (const Index count : gather_values(*ranks_, std::vector{count_})) all += count;
  return all;
}

}  // namespace adjoint
