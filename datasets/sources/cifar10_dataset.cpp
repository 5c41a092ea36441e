#include "datasets/sources/cifar10_dataset.hpp"

#include "datasets/folder.hpp"
#include "datasets/formats/file_bytes.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr Index kSide = 32;
constexpr Index kChannels = 3;
constexpr Index kPlane = kSide * kSide;
constexpr Index kRecord = 1 + kChannels * kPlane;  // bytes
constexpr std::string_view kNames[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                       "dog",      "frog",       "horse", "ship", "truck"};

const char* batch_prefix(FileSet which) {
  return which == FileSet::test ? "test_batch" : "data_batch_";
}

/// The files of a folder, or of "cifar-10-batches-bin" in it.
std::vector<fs::path> batches_in(const fs::path& path, FileSet which) {
  std::vector<fs::path> files;
  for (const fs::path& folder : {path, path / "cifar-10-batches-bin"}) {
    if (!files.empty() || !is_folder(folder)) continue;
    for (const fs::path& file : paths_in(folder)) {
      const std::string name = file.filename().string();
      if (name.starts_with(batch_prefix(which)) && name.ends_with(".bin")) files.push_back(file);
    }
  }
  return files;
}

}  // namespace

void Cifar10Source::keys(Keys& key) {
  key("which", which, "training or test files of the folder");
}

DatasetPtr Cifar10Source::open(const SourcePlace& place) const {
  return std::make_shared<Cifar10Dataset>(find_cifar10_files(place.found(), which), place.limit);
}

Cifar10Dataset::Cifar10Dataset(const std::vector<fs::path>& files, Index limit) {
  for (const fs::path& path : files) {
    const Index left = limit == 0 ? -1 : limit - size();
    if (left == 0) break;
    const Bytes bytes =
        read_bytes(path, left < 0 ? SIZE_MAX : static_cast<std::size_t>(left * kRecord));
    const auto got = static_cast<Index>(bytes.size());
    if (got == 0 || got % kRecord != 0) {
      throw InputError(
          "'{}' is truncated or no file of CIFAR-10's binary version: expected records of {} "
          "bytes, got {} and {} bytes more",
          path.string(), kRecord, got / kRecord, got % kRecord);
    }
    for (Index i = 0; i < got / kRecord; ++i) {
      const int label = bytes[static_cast<std::size_t>(i * kRecord)];
      if (label < static_cast<int>(std::size(kNames))) continue;
      throw InputError("'{}' is damaged: record {} has the label {}; expected 0 to 9",
                       path.string(), i, label);
    }
    records_.insert(records_.end(), bytes.begin(), bytes.end());
  }
}

Index Cifar10Dataset::size() const {
  return static_cast<Index>(records_.size()) / kRecord;
}

Shape Cifar10Dataset::shape() const {
  return {kSide, kSide, kChannels};
}

void Cifar10Dataset::read(Index index, std::uint32_t /*epoch*/, View sample) const {
  const std::uint8_t* planes = records_.data() + index * kRecord + 1;
  for (Index pixel = 0; pixel < kPlane; ++pixel) {
    for (Index c = 0; c < kChannels; ++c)
      sample[pixel * kChannels + c] = static_cast<Real>(planes[c * kPlane + pixel]) / 255;
  }
}

Index Cifar10Dataset::label(Index index) const {
  return records_[static_cast<std::size_t>(index * kRecord)];
}

std::vector<std::string> Cifar10Dataset::label_names() const {
  return {std::begin(kNames), std::end(kNames)};
}

bool is_cifar10_data(const std::string& path) {
  if (!is_folder(path)) return path.ends_with(".bin");
  return !batches_in(path, FileSet::train).empty() || !batches_in(path, FileSet::test).empty();
}

std::vector<fs::path> find_cifar10_files(const fs::path& path, FileSet which) {
  if (!is_folder(path)) return {path};
  std::vector<fs::path> files = batches_in(path, which);
  if (files.empty()) {
    throw InputError(
        "the folder '{}' holds no {}*.bin: unpack CIFAR-10's binary version "
        "(cifar-10-binary.tar.gz) there, as adjoint data fetch cifar10 does",
        path.string(), batch_prefix(which));
  }
  return files;
}

}  // namespace adjoint
