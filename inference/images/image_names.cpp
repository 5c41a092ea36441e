#include "inference/images/image_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// A path whose beginning can be compared with that of others.
fs::path plain(const fs::path& path) {
  const fs::path normal = fs::absolute(path.empty() ? "." : path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

fs::path common_parent(const std::vector<NamedFile>& files) {
  fs::path common = plain(files.front().folder);
  for (const NamedFile& file : files) {
    const fs::path folder = plain(file.folder);
    const auto differs = std::ranges::mismatch(common, folder).in1;
    fs::path shared;
    for (auto part = common.begin(); part != differs; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

/// Whether stems alone tell some single files from each other.
bool are_distinct_stems(const std::vector<NamedFile>& files) {
  std::set<fs::path> stems;
  return std::ranges::all_of(files, [&](const NamedFile& file) {
    return !file.from_folder && stems.insert(file.file.stem()).second;
  });
}

/// The file's name with its ending and, in an HDF5 file, the dataset.
std::string whole_name(const NamedFile& file) {
  std::string dataset = file.dataset;
  std::ranges::replace(dataset, '/', '-');
  const bool joined = dataset.empty() || dataset.front() == '-';
  return file.file.filename().string() + (joined ? "" : "-") + dataset;
}

}  // namespace

std::vector<std::string> image_names(const std::vector<NamedFile>& files) {
  if (files.empty()) return {};
  const bool stems = are_distinct_stems(files);
  const fs::path parent = common_parent(files);
  std::vector<bool> whole(files.size());
  for (;;) {
    std::vector<std::string> names;
    std::map<std::string, std::size_t> owners;  // the first file with each name
    std::set<std::size_t> clashing;
    for (std::size_t f = 0; f < files.size(); ++f) {
      const NamedFile& file = files[f];
      const fs::path folder =
          stems ? fs::path() : plain(file.file).parent_path().lexically_relative(parent);
      const std::string last = whole[f] ? whole_name(file) : file.file.stem().string();
      const std::string start = folder == "." ? last : (folder / last).string();
      for (Index i = 0; i < file.images; ++i) {
        names.push_back(file.numbered ? fmt::format("{}-{:05}", start, i) : start);
        const auto [owner, is_new] = owners.emplace(names.back(), f);
        if (!is_new) clashing.insert({owner->second, f});
      }
    }
    const auto settled = [&](std::size_t f) { return static_cast<bool>(whole[f]); };
    if (std::ranges::all_of(clashing, settled)) return names;
    for (const std::size_t f : clashing) whole[f] = true;
  }
}

}  // namespace adjoint
