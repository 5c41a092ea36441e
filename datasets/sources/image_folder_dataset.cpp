#include "datasets/sources/image_folder_dataset.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "datasets/folder.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

Index channels_of(const ImageFolderSpec& spec, Index stored) {
  return spec.channels == Colours::gray ? 1 : spec.channels == Colours::rgb ? 3 : stored;
}

void check_fits(const fs::path& file, const char* what, const Extent2& wanted, Index height,
                Index width) {
  if (wanted.h <= height && wanted.w <= width) return;
  throw InputError("'{}' is too small: {} of {}x{} pixels cannot be cut from {}x{}", file.string(),
                   what, wanted.h, wanted.w, height, width);
}

/// The shape of the samples that one file gives.
Shape sample_shape(const fs::path& file, const ImageInfo& info, const ImageFolderSpec& spec) {
  Shape shape{info.height, info.width, channels_of(spec, info.channels)};
  const auto resize = [&](const Extent2& size) { shape = {size.h, size.w, shape[2]}; };
  if (spec.crop) {
    check_fits(file, "a crop", *spec.crop, shape[0], shape[1]);
    resize(*spec.crop);
  }
  if (spec.resize) resize(*spec.resize);
  if (spec.patches) {
    check_fits(file, "a patch", *spec.patches, shape[0], shape[1]);
    resize(*spec.patches);
  }
  return shape;
}

/// Decodes all files and lists those that cannot be used in one message, because a folder with one
/// bad file often has more. Empty if all can be used.
std::string problems_in(const std::vector<fs::path>& files, const ImageFolderSpec& spec,
                        const fs::path& folder) {
  std::vector<std::string> problems;
  for (const fs::path& file : files) {
    try {
      const std::vector<ImageInfo> pages = image_pages(file);
      for (std::size_t page = 0; page < pages.size(); ++page) {
        sample_shape(file, pages[page], spec);
        read_image(file, static_cast<Index>(page));
      }
    } catch (const InputError& error) {
      problems.emplace_back(error.what());
    }
  }
  if (problems.size() <= 1) return problems.empty() ? "" : problems.front();
  return fmt::format("{} images in '{}' cannot be used:\n  {}", problems.size(), folder.string(),
                     fmt::join(problems, "\n  "));
}

}  // namespace

void ImageFolderSpec::keys(Keys& key) {
  key("files", files,
      "pattern of the file names to use; * stands for any text, ? for one character");
  key("exclude", exclude,
      "names of files to leave out, such as broken ones, with * and ? as in files; FOLDER/NAME "
      "where each class has a folder");
  key("channels", channels, "colour channels: as stored, or converted to gray or RGB");
  key("crop", crop, "size of a centre crop, taken first", at_least<Index>(1));
  key("resize", resize, "size to which images are resized, after crop", at_least<Index>(1));
  key("patches", patches, "size of random patches, taken after crop and resize",
      at_least<Index>(1));
  if (patches) {
    key("patches_per_image", patches_per_image,
        "number of random patches from each image in an epoch", at_least<Index>(1));
  }
}

DatasetPtr ImageFolderSpec::open(const SourcePlace& place) const {
  ImageFolderSpec spec = *this;
  spec.cache_mb = place.cache_mb;
  spec.white = place.white;
  return std::make_shared<ImageFolderDataset>(place.found(), spec, place.seed);
}

FolderContents folder_contents(const fs::path& folder, const std::string& pattern,
                               const std::vector<std::string>& exclude) {
  const auto fits = [](const std::string& form, const fs::path& name) {
    return fnmatch(form.c_str(), name.c_str(), 0) != FNM_NOMATCH;
  };
  const auto is_left_out = [&](const fs::path& path) {
    return std::ranges::any_of(exclude, [&](const std::string& form) {
      return fits(form, path.filename()) || fits(form, folder.filename() / path.filename());
    });
  };
  FolderContents contents;
  for (const fs::path& path : paths_in(folder)) {
    if (path.filename().string().starts_with('.')) continue;
    std::error_code error;  // a link that leads nowhere is neither a folder nor a file
    const bool matches = fits(pattern, path.filename()) && !is_left_out(path);
    if (fs::is_directory(path, error)) {
      contents.folders.push_back(path);
    } else if (matches && has_image_extension(path) && fs::is_regular_file(path, error)) {
      contents.images.push_back(path);
    } else {
      contents.others.push_back(path);
    }
  }
  return contents;
}

ImageList list_images(const fs::path& folder, const std::string& pattern,
                      const std::vector<std::string>& exclude) {
  const PathKind kind = path_kind(folder);
  if (kind == PathKind::nothing)
    throw InputError("there is no file or folder '{}'", folder.string());
  if (kind == PathKind::file) return {.files = {folder}};
  FolderContents top = folder_contents(folder, pattern, exclude);
  if (!top.images.empty()) return {.files = std::move(top.images)};
  ImageList list;
  for (const fs::path& below : top.folders) {
    const FolderContents inside = folder_contents(below, pattern, exclude);
    if (inside.images.empty()) continue;
    list.files.insert(list.files.end(), inside.images.begin(), inside.images.end());
    list.labels.resize(list.files.size(), static_cast<Index>(list.label_names.size()));
    list.label_names.push_back(below.filename().string());
  }
  if (list.files.empty()) {
    const std::string named = pattern == "*" ? "" : fmt::format(" named like '{}'", pattern);
    throw InputError("the folder '{}' holds no image{} ({}); it holds {} other file{}",
                     folder.string(), named, image_extensions(), top.others.size(),
                     top.others.size() == 1 ? "" : "s");
  }
  return list;
}

bool is_image_data(const std::string& path) {
  if (!is_folder(path)) return has_image_extension(path);
  const FolderContents top = folder_contents(path);
  return !top.images.empty() || std::ranges::any_of(top.folders, [](const fs::path& folder) {
    return !folder_contents(folder).images.empty();
  });
}

ImageFolderDataset::ImageFolderDataset(const fs::path& folder, const ImageFolderSpec& spec,
                                       std::uint64_t seed)
    : ImageFolderDataset(list_images(folder, spec.files, spec.exclude), folder, spec, seed) {}

ImageFolderDataset::ImageFolderDataset(ImageList files, const fs::path& folder,
                                       const ImageFolderSpec& spec, std::uint64_t seed)
    : spec_(spec),
      seed_(seed),
      files_(std::move(files)),
      cache_(static_cast<std::size_t>(spec.cache_mb) << 20) {
  for (std::size_t number = 0; number < files_.files.size(); ++number) {
    const fs::path& file = files_.files[number];
    std::vector<ImageInfo> pages;
    try {
      pages = image_pages(file);
      for (const ImageInfo& page : pages) sample_shape(file, page, spec_);
    } catch (const InputError&) {
      const std::string problems = problems_in(files_.files, spec_, folder);
      if (problems.empty()) throw;
      throw InputError(problems);
    }
    for (std::size_t page = 0; page < pages.size(); ++page) {
      images_.push_back({number,
                         static_cast<Index>(page),
                         static_cast<Index>(pages.size()),
                         {pages[page].height, pages[page].width}});
      const Shape shape = sample_shape(file, pages[page], spec_);
      if (shape_.empty()) {
        shape_ = shape;
        levels_ = {.bits = pages[page].bits,
                   .white = white_level(pages[page].bits, spec_.white, pages[page].white)};
      }
      if (shape == shape_) continue;
      const bool channels_differ = shape[2] != shape_[2];
      throw InputError("the images in '{}' differ: '{}' gives {}, '{}' gives {}; {}",
                       folder.string(), files_.files.front().filename().string(), to_string(shape_),
                       file.filename().string(), to_string(shape),
                       channels_differ ? "set channels to \"gray\" or \"rgb\""
                                       : "give crop, resize or patches to bring them to one size");
    }
  }
}

Tensor ImageFolderDataset::pixels(const Place& place) const {
  try {
    return read_image(files_.files[place.file], place.page, spec_.white).pixels;
  } catch (const InputError&) {
    const fs::path folder = files_.files[place.file].parent_path();
    const std::string problems = problems_in(files_.files, spec_, folder);
    if (problems.empty()) throw;
    throw InputError(problems);
  }
}

/// An image up to what may differ between samples: where a patch is cut, and its channels, unless
/// resizing has to come after them.
Tensor ImageFolderDataset::decoded(const Place& place) const {
  const fs::path& file = files_.files[place.file];
  Tensor image = pixels(place);
  const Shape stored = shape_of(image);
  const ImageInfo info{.height = stored[0], .width = stored[1], .channels = stored[2]};
  if (!(sample_shape(file, info, spec_) == shape_)) {
    throw InputError("'{}' has changed since it was first read: it is {} now", file.string(),
                     to_string(stored));
  }
  if (spec_.crop) {
    Tensor cropped = make_tensor({spec_.crop->h, spec_.crop->w, stored[2]});
    copy_part(view(image), (stored[0] - spec_.crop->h) / 2, (stored[1] - spec_.crop->w) / 2,
              view(cropped));
    image = std::move(cropped);
  }
  if (spec_.resize) {
    const Tensor converted = with_channels(view(image), shape_[2]);
    image = resized(view(converted), spec_.resize->h, spec_.resize->w);
  }
  return image;
}

Index ImageFolderDataset::label(Index index) const {
  const Place& place = images_[static_cast<std::size_t>(index / group())];
  return files_.labels.empty() ? kNoLabel : files_.labels[place.file];
}

const fs::path& ImageFolderDataset::file_of(Index index) const {
  return files_.files[images_[static_cast<std::size_t>(index / group())].file];
}

Extent2 ImageFolderDataset::stored_size(Index index) const {
  return images_[static_cast<std::size_t>(index / group())].size;
}

std::string ImageFolderDataset::image_name(Index index) const {
  const Place& place = images_[static_cast<std::size_t>(index / group())];
  const std::string file = files_.files[place.file].string();
  return place.pages == 1 ? file : fmt::format("{}#{}", file, place.page);
}

ImageCache::ImagePtr ImageFolderDataset::image_of(Index index) const {
  const Index number = index / group();
  return cache_.get(number, [&] { return decoded(images_[static_cast<std::size_t>(number)]); });
}

Tensor ImageFolderDataset::whole(Index index) const {
  const ImageCache::ImagePtr image = image_of(index);
  Tensor pixels = make_tensor(image->shape());
  image->copy_part(0, 0, view(pixels));
  return with_channels(view(std::as_const(pixels)), shape_[2]);
}

void ImageFolderDataset::read(Index index, std::uint32_t epoch, View sample) const {
  const ImageCache::ImagePtr image = image_of(index);
  const Shape& whole = image->shape();
  Index top = 0;
  Index left = 0;
  if (spec_.patches) {
    Random random({.seed = seed_,
                   .purpose = Purpose::crop,
                   .epoch = epoch,
                   .index = static_cast<std::uint32_t>(index)});
    const auto anywhere = [&](Index room) {
      return static_cast<Index>(random.below(static_cast<std::uint64_t>(room) + 1));
    };
    top = anywhere(whole[0] - spec_.patches->h);
    left = anywhere(whole[1] - spec_.patches->w);
  }
  if (whole[2] == shape_[2]) return image->copy_part(top, left, sample);
  Tensor part = make_tensor({shape_[0], shape_[1], whole[2]});
  image->copy_part(top, left, view(part));
  const Tensor converted = with_channels(view(part), shape_[2]);
  std::ranges::copy(view(converted).flat(), sample.data);
}

}  // namespace adjoint
