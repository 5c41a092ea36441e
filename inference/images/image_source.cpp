#include "inference/images/image_source.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "datasets/formats/array_place.hpp"
#include "datasets/level_check.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/image_names.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

// Together at most so many images and so many numbers: enough to keep the processors busy.
constexpr Index kMostImages = 64;
constexpr Index kMostElements = Index{1} << 22;
constexpr Index kLookedAt = 4;  // images or arrays whose numbers tell how all are stored

Index batch_limit(const Shape& image) {
  return std::clamp(kMostElements / std::max<Index>(image.size(), 1), Index{1}, kMostImages);
}

/// A path that ends in a name, also for the folders "mnist/" and ".".
fs::path named_path(const fs::path& path) {
  return fs::is_directory(path) ? path.parent_path() / fs::canonical(path).filename() : path;
}

/// "1 file", "2 files".
std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "2 other files (.txt, .webp), 1 folder": the entries of a folder that are no images; empty if
/// there are none.
std::string unread_entries(const FolderContents& contents) {
  std::vector<std::string> parts;
  if (!contents.others.empty()) {
    std::set<std::string> endings;
    for (const fs::path& other : contents.others)
      if (other.has_extension()) endings.insert(other.extension().string());
    parts.push_back(counted(contents.others.size(), "other file"));
    if (!endings.empty()) parts.back() += fmt::format(" ({})", fmt::join(endings, ", "));
  }
  if (!contents.folders.empty()) parts.push_back(counted(contents.folders.size(), "folder"));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

/// The files found so far, and the input that is being looked at.
struct ImageSource::Looking {
  std::vector<NamedFile> files = {};
  fs::path folder = {};
  bool from_folder = false;

  void add(const fs::path& file, Index images, bool numbered, const std::string& dataset = {}) {
    files.push_back({.file = file,
                     .folder = from_folder ? folder : file.parent_path(),
                     .dataset = dataset,
                     .from_folder = from_folder,
                     .numbered = numbered,
                     .images = images});
  }
};

ImageSource::ImageSource(const std::vector<std::string>& inputs, Index channels,
                         Unreadable unreadable, double white)
    : channels_(channels), white_(white) {
  Looking found;
  for (const std::string& input : inputs) {
    const ArrayPlace place = ArrayPlace::parse(input);
    std::error_code error;
    if (!fs::exists(place.file, error))
      throw InputError("{}: no such file or folder", place.file.string());
    const Kind<SourceFamily>* kind = recognize_source(input);
    const Choice<SourceFamily> source = kind ? Choice(*kind) : Choice<SourceFamily>();
    if (source && !source.as<ImageFolderSpec>()) {
      // Each image is read once, so that nothing need be kept.
      const DatasetPtr dataset = source.make(
          SourcePlace{.path = input, .white = white_, .cache_mb = 0, .channels = channels});
      items_.push_back({Item::Kind::dataset, place.file, dataset});
      items_.back().count = dataset->size();
      found.add(named_path(place.file), dataset->size(), true, place.dataset);
    } else if (fs::is_directory(input, error)) {
      look_at_folder(input, found);
    } else {
      look_at_image(input, found);
    }
  }
  if (items_.empty()) throw InputError("no input; name image files, folders or arrays");
  names_ = image_names(found.files);
  Index number = 0;
  for (Item& item : items_) {
    item.first = number;
    number += item.count;
  }
  const auto is_unreadable = [](const Item& item) { return item.kind == Item::Kind::unreadable; };
  if (unreadable == Unreadable::refuse) decode_all();
  if (std::ranges::all_of(items_, is_unreadable) ||
      (unreadable == Unreadable::refuse && !skipped_.empty())) {
    throw InputError(refusal());
  }
}

void ImageSource::look_at_folder(const std::string& folder, Looking& found) {
  FolderContents contents = folder_contents(folder);
  std::vector<fs::path> images = contents.images;
  if (images.empty() && is_image_data(folder)) {  // a folder for each class
    images = list_images(folder).files;
    contents.folders.clear();
  }
  const std::string rest = unread_entries(contents);
  if (images.empty()) {
    throw InputError("{}: the folder holds no image ({}){}", folder, image_extensions(),
                     rest.empty() ? "" : "; it holds " + rest);
  }
  if (!rest.empty()) unread_.push_back(fmt::format("not read in {}: {}", folder, rest));
  found.folder = folder;
  found.from_folder = true;
  for (const fs::path& file : images) look_at_image(file, found);
  found.from_folder = false;
}

void ImageSource::look_at_image(const fs::path& file, Looking& found) {
  Index count = 1;
  try {
    const std::vector<ImageInfo> pages = image_pages(file);
    count = static_cast<Index>(pages.size());
    for (Index page = 0; page < count; ++page) {
      Item item{Item::Kind::image, file};
      item.info = pages[static_cast<std::size_t>(page)];
      item.page = page;
      item.pages = count;
      items_.push_back(item);
    }
  } catch (const InputError& error) {
    items_.push_back({Item::Kind::unreadable, file});
    skipped_.emplace_back(error.what());
  }
  found.add(file, count, count > 1);
}

void ImageSource::decode_all() {
  for (Item& item : items_) {
    if (item.kind == Item::Kind::image && !read(item)) item.kind = Item::Kind::unreadable;
  }
}

std::optional<Image> ImageSource::read(const Item& item) {
  try {
    Image image = read_image(item.file, item.page, white_);
    if (shape_of(image.pixels) == item.info.shape()) return image;
    throw InputError("{}: it has changed since it was first read", item.file.string());
  } catch (const InputError& error) {
    skipped_.emplace_back(error.what());
    return std::nullopt;
  }
}

std::optional<std::string> ImageSource::level_warning() const {
  const std::string remedy = "--white {}";
  LevelCheck check;
  Index looked_at = 0;
  for (const Item& item : items_) {
    if (looked_at == kLookedAt) break;
    try {
      if (item.kind == Item::Kind::image && item.info.bits > 8) {
        const Image image = read_image(item.file, item.page, white_);
        check.add(view(std::as_const(image.pixels)), {.bits = image.bits, .white = image.white});
        ++looked_at;
      } else if (item.kind == Item::Kind::dataset && item.dataset->levels().bits > 8) {
        for (Index i = 0; i < std::min(kLookedAt, item.count); ++i) {
          const Tensor image = item.dataset->whole(i);
          check.add(view(image), item.dataset->levels());
        }
        ++looked_at;
      }
    } catch (const InputError&) {  // next() will tell
    }
  }
  return check.warning(remedy);
}

std::vector<fs::path> ImageSource::files() const {
  std::vector<fs::path> files;
  for (const Item& item : items_) files.push_back(item.file);
  return files;
}

bool ImageSource::is_single_image() const {
  return items_.size() == 1 && items_[0].kind == Item::Kind::image;
}

bool ImageSource::has_datasets() const {
  return std::ranges::any_of(items_,
                             [](const Item& item) { return item.kind == Item::Kind::dataset; });
}

std::string ImageSource::refusal() const {
  if (skipped_.size() == 1) return skipped_.front();
  return fmt::format("{} cannot be read:\n  {}", counted(skipped_.size(), "image"),
                     fmt::join(skipped_, "\n  "));
}

void ImageSource::check_complete() const {
  if (skipped_.empty()) return;
  throw RunError("{} of {} left out, because {} cannot be read:\n  {}", skipped_.size(),
                 counted(names_.size(), "image"), skipped_.size() == 1 ? "it" : "they",
                 fmt::join(skipped_, "\n  "));
}

std::optional<ImageBatch> ImageSource::next(Index most) {
  while (position_ < items_.size()) {
    const Item& item = items_[position_];
    ImageBatch batch;
    if (item.kind == Item::Kind::unreadable) {
      ++position_;
    } else {
      batch = item.kind == Item::Kind::image ? images(most) : next_of_dataset(item, most);
    }
    if (batch.count() == 0) continue;
    any_ = true;
    return batch;
  }
  if (!any_) throw InputError(refusal());
  return std::nullopt;
}

ImageOrigin ImageSource::origin_of(const Item& item, Index index) const {
  return {.file = item.file,
          .page = item.page,
          .pages = item.pages,
          .number = item.first + index,
          .bits = item.info.bits,
          .white = white_level(item.info.bits, white_, item.info.white)};
}

std::vector<ImageOrigin> ImageSource::origins() const {
  std::vector<ImageOrigin> origins;
  for (const Item& item : items_) {
    for (Index i = 0; i < item.count; ++i) origins.push_back(origin_of(item, i));
  }
  return origins;
}

void ImageSource::add_to(ImageBatch& batch, const Item& item, Index index) const {
  batch.origins.push_back(origin_of(item, index));
  batch.names.push_back(names_[static_cast<std::size_t>(batch.origins.back().number)]);
}

ImageBatch ImageSource::next_of_dataset(const Item& item, Index most) {
  const Shape image = item.dataset->shape();
  const Index count = std::min({batch_limit(image), most, item.count - done_});
  ImageBatch batch{.pixels = make_tensor(image.batched(count)), .names = {}};
  for (Index i = 0; i < count; ++i, ++done_) {
    item.dataset->read(done_, kFixedEpoch, view(batch.pixels).slice(i, 1).reshaped(image));
    add_to(batch, item, done_);
  }
  if (done_ == item.count) {
    done_ = 0;
    ++position_;
  }
  return batch;
}

ImageBatch ImageSource::images(Index most) {
  ImageBatch batch;
  std::vector<Image> found;
  ImageInfo first;
  for (; position_ < items_.size(); ++position_) {
    const Item& item = items_[position_];
    if (item.kind == Item::Kind::unreadable) continue;
    if (item.kind != Item::Kind::image) break;
    const Index limit = std::min(batch_limit(first.shape()), most);
    if (!found.empty() && (item.info != first || batch.count() == limit)) break;
    std::optional<Image> image = read(item);
    if (!image) continue;
    first = item.info;
    add_to(batch, item, 0);
    found.push_back(std::move(*image));
  }
  if (found.empty()) return batch;
  batch.pixels = make_tensor(first.shape().batched(batch.count()));
  for (Index i = 0; i < batch.count(); ++i) {
    Image& image = found[static_cast<std::size_t>(i)];
    std::ranges::copy(view(std::as_const(image.pixels)).flat(),
                      view(batch.pixels).slice(i, 1).data);
    batch.alphas.push_back(std::move(image.alpha));
  }
  return batch;
}

}  // namespace adjoint
