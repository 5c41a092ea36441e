#include "inference/images/image_source.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "datasets/formats/array_place.hpp"
#include "datasets/label_list.hpp"
#include "datasets/level_check.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/parallel/message.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/image_model.hpp"
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

Index ceil_to(Index value, Index multiple) {
  return (value + multiple - 1) / multiple * multiple;
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
    if (item.kind == Item::Kind::image && !at(item.first)) item.kind = Item::Kind::unreadable;
  }
}

const ImageSource::Item& ImageSource::item_of(Index number) const {
  return *std::prev(std::ranges::upper_bound(items_, number, {}, &Item::first));
}

/// Throws InputError if it cannot be read.
Image ImageSource::decode(Index number) const {
  const Item& item = item_of(number);
  if (item.kind == Item::Kind::dataset) {
    Image image{.pixels = make_tensor(item.dataset->shape()), .alpha = {}};
    item.dataset->read(number - item.first, kFixedEpoch, view(image.pixels));
    return image;
  }
  Image image = read_image(item.file, item.page, white_);
  if (shape_of(image.pixels) == item.info.shape()) return image;
  throw InputError("{}: it has changed since it was first read", item.file.string());
}

/// Notes an image once, however often it is read.
void ImageSource::skip(Index number, const std::string& reason) {
  if (std::ranges::find(skipped_later_, number) != skipped_later_.end()) return;
  skipped_.push_back(reason);
  skipped_later_.push_back(number);
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

void ImageSource::share(Ranks& ranks) {
  ranks_ = &ranks;
}

bool ImageSource::alike(Index a, Index b) const {
  const Item &left = item_of(a), &right = item_of(b);
  if (left.kind != right.kind) return false;
  return left.kind == Item::Kind::dataset ? &left == &right : left.info == right.info;
}

/// Cuts each run of images that are alike into pieces, and deals them.
void ImageSource::plan() {
  planned_ = true;
  for (const Item& item : items_) {
    if (item.kind == Item::Kind::unreadable) continue;
    for (Index i = 0; i < item.count; ++i) readable_.push_back(item.first + i);
  }
  int owner = 0;
  for (std::size_t run = 0, end = 0; run < readable_.size(); run = end) {
    while (end < readable_.size() && alike(readable_[run], readable_[end])) ++end;
    const Item& item = item_of(readable_[run]);
    const Shape shape = item.dataset ? item.dataset->shape() : item.info.shape();
    const Index together = ImageModel::together({shape[0], shape[1]});
    const Index most = std::max(batch_limit(shape) / together * together, together);
    const Index fair = (static_cast<Index>(end - run) + ranks_->size() - 1) / ranks_->size();
    const auto size = static_cast<std::size_t>(std::min(most, ceil_to(fair, together)));
    for (std::size_t first = run; first < end; first += size) {
      if (owner == ranks_->rank()) pieces_.push_back({run, first, std::min(first + size, end)});
      owner = (owner + 1) % ranks_->size();
    }
  }
}

std::optional<ImageBatch> ImageSource::next() {
  if (!planned_) plan();
  while (position_ < pieces_.size()) {
    ImageBatch batch = read(pieces_[position_]);
    if (pieces_[position_].first == pieces_[position_].last) ++position_;
    if (batch.count() == 0) continue;
    any_ = true;
    return batch;
  }
  if (!ended_) end();
  if (!any_) throw InputError(refusal());
  return std::nullopt;
}

/// Collective: brings together what the ranks left out, in the order of the images.
void ImageSource::end() {
  ended_ = true;
  struct Skipped {
    Index number;
    std::string reason;
  };
  Packer mine;
  mine.add(any_);
  const std::size_t known = skipped_.size() - skipped_later_.size();
  for (std::size_t i = 0; i < skipped_later_.size(); ++i) {
    mine.add(skipped_later_[i]);
    mine.add(skipped_[known + i]);
  }
  std::vector<Skipped> all;
  for (const std::string& bytes : gather_texts(*ranks_, mine.bytes())) {
    Unpacker theirs(bytes);
    any_ = theirs.take<bool>() || any_;
    while (!theirs.at_end()) {
      const auto number = theirs.take<Index>();
      all.push_back({number, theirs.take_text()});
    }
  }
  std::ranges::stable_sort(all, {}, &Skipped::number);
  skipped_.resize(known);
  skipped_later_.clear();
  for (const Skipped& one : all) skip(one.number, one.reason);
}

std::optional<ImageBatch> ImageSource::at(Index number) {
  if (item_of(number).kind == Item::Kind::unreadable) return std::nullopt;  // noted before
  try {
    Image image = decode(number);
    ImageBatch batch{.pixels = make_tensor(shape_of(image.pixels).batched(1)), .names = {}};
    std::ranges::copy(image.pixels, batch.pixels.begin());
    batch.alphas.push_back(std::move(image.alpha));
    add_to(batch, number);
    return batch;
  } catch (const InputError& error) {
    if (item_of(number).dataset) throw;
    skip(number, error.what());
    return std::nullopt;
  }
}

Shape ImageSource::first_shape() const {
  for (const Item& item : items_) {
    if (item.kind == Item::Kind::dataset) return item.dataset->shape();
    if (item.kind != Item::Kind::image) continue;
    try {
      return shape_of(decode(item.first).pixels);
    } catch (const InputError&) {  // next() will tell
    }
  }
  return {};
}

ImageOrigin ImageSource::origin_of(const Item& item, Index index) const {
  return {.file = item.file,
          .page = item.page,
          .pages = item.pages,
          .number = item.first + index,
          .bits = item.info.bits,
          .white = white_level(item.info.bits, white_, item.info.white)};
}

std::vector<std::string> ImageSource::labels() const {
  std::vector<std::string> labels(names_.size());
  bool any = false;
  for (const Item& item : items_) {
    if (!item.dataset) continue;
    const std::vector<std::string> label_names = item.dataset->label_names();
    for (Index i = 0; i < item.count; ++i) {
      const Index label = item.dataset->label(i);
      if (label == kNoLabel) continue;
      labels[static_cast<std::size_t>(item.first + i)] = label_text(label, label_names);
      any = true;
    }
  }
  return any ? labels : std::vector<std::string>();
}

std::vector<ImageOrigin> ImageSource::origins() const {
  std::vector<ImageOrigin> origins;
  for (const Item& item : items_) {
    for (Index i = 0; i < item.count; ++i) origins.push_back(origin_of(item, i));
  }
  return origins;
}

void ImageSource::add_to(ImageBatch& batch, Index number) const {
  const Item& item = item_of(number);
  batch.origins.push_back(origin_of(item, number - item.first));
  batch.names.push_back(names_[static_cast<std::size_t>(number)]);
}

/// Reads a piece up to its end. Where an image cannot be read, only up to the last one that goes
/// together with it: so those that are together do not depend on where pieces begin.
ImageBatch ImageSource::read(Piece& piece) {
  ImageBatch batch;
  std::vector<ImageBatch> found;
  std::size_t last = piece.last;
  for (; piece.first < last; ++piece.first) {
    const Index number = readable_[piece.first];
    if (std::optional<ImageBatch> image = at(number)) {
      found.push_back(std::move(*image));
      continue;
    }
    const Shape shape = item_of(number).info.shape();
    const auto place = static_cast<Index>(piece.first - piece.run);
    const Index end = ceil_to(place + 1, ImageModel::together({shape[0], shape[1]}));
    last = std::min(last, piece.run + static_cast<std::size_t>(end));
  }
  if (found.empty()) return batch;
  const Shape shape = shape_of(found[0].pixels).sample();
  batch.pixels = make_tensor(shape.batched(static_cast<Index>(found.size())));
  auto to = batch.pixels.begin();
  for (ImageBatch& image : found) {
    to = std::ranges::copy(image.pixels, to).out;
    batch.names.push_back(std::move(image.names[0]));
    batch.origins.push_back(std::move(image.origins[0]));
    batch.alphas.push_back(std::move(image.alphas[0]));
  }
  return batch;
}

}  // namespace adjoint
