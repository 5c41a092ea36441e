#include "datasets/sources/pairs_dataset.hpp"

#include <algorithm>
#include <map>

#include "datasets/folder.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/settings/name_list.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 8;  // files that a message lists

/// The place of an image in its folder; empty for a file that is given by itself.
fs::path place_in(const fs::path& folder, const fs::path& file) {
  return is_folder(folder) ? file.lexically_relative(folder) : fs::path();
}

std::vector<std::string> names_of(const std::vector<fs::path>& files) {
  std::vector<std::string> names;
  for (const fs::path& file : files) names.push_back(fmt::format("'{}'", file.string()));
  return names;
}

using Stem = std::string;  // a place without the ending

/// Groups the files of a folder by their stems.
std::map<Stem, std::vector<fs::path>> files_by_stem(const fs::path& folder,
                                                    const std::vector<fs::path>& files) {
  std::map<Stem, std::vector<fs::path>> by_stem;
  for (const fs::path& file : files)
    by_stem[place_in(folder, file).replace_extension().string()].push_back(file);
  return by_stem;
}

/// The noisy files in the order of the clean ones: of the same name, else of the same stem, where
/// that leaves no choice.
ImageList partners(const fs::path& clean, const fs::path& noisy, const ImageFolderSpec& spec) {
  const std::vector<fs::path> clean_files = list_images(clean, spec.files, spec.exclude).files;
  std::map<fs::path, fs::path> partner;  // of a clean file
  std::vector<std::string> alone;
  auto noisy_by_stem = files_by_stem(noisy, list_images(noisy, spec.files, spec.exclude).files);
  for (auto& [stem, left] : files_by_stem(clean, clean_files)) {
    std::vector<fs::path>& right = noisy_by_stem[stem];
    std::erase_if(left, [&](const fs::path& file) {
      const auto same = std::ranges::find_if(right, [&](const fs::path& other) {
        return place_in(noisy, other) == place_in(clean, file);
      });
      if (same == right.end()) return false;
      partner[file] = *same;
      right.erase(same);
      return true;
    });
    if (left.empty() || right.empty()) {
      for (const fs::path& file : left) alone.push_back(file.string());
      continue;
    }
    if (left.size() > 1 || right.size() > 1) {
      throw InputError(
          "cannot tell which belong together: {} and {}; give the files of a pair one name",
          name_list(names_of(left), kMostNamed), name_list(names_of(right), kMostNamed));
    }
    partner[left[0]] = right[0];
    right.clear();
  }
  for (const auto& [stem, right] : noisy_by_stem) {
    for (const fs::path& file : right) alone.push_back(file.string());
  }
  if (!alone.empty()) {
    throw InputError("{} file{} no partner of the same name in '{}' and '{}': {}", alone.size(),
                     alone.size() == 1 ? " has" : "s have", clean.string(), noisy.string(),
                     name_list(alone, kMostNamed));
  }
  ImageList list;
  for (const fs::path& file : clean_files) list.files.push_back(partner.at(file));
  return list;
}

ImageFolderSpec with_half_the_cache(ImageFolderSpec spec) {
  spec.cache_mb /= 2;
  return spec;
}

}  // namespace

void PairsSource::keys(Keys& key) {
  key.required("noisy_path", noisy_path,
               "folder of the noisy images, of the same names as the clean ones at path");
  key("validation_noisy_path", validation_noisy_path,
      "folder of the noisy images that belong to validation_path");
  images.keys(key);
}

DatasetPtr PairsSource::open(const SourcePlace& place) const {
  if (place.validation && !validation_noisy_path) {
    throw InputError("data.validation_path of pairs needs data.validation_noisy_path, too");
  }
  ImageFolderSpec spec = images;
  spec.cache_mb = place.cache_mb;
  spec.white = place.white;
  const fs::path noisy =
      find_data(place.validation ? *validation_noisy_path : noisy_path, place.base);
  return std::make_shared<PairsDataset>(place.found(), noisy, spec, place.seed);
}

PairsDataset::PairsDataset(const fs::path& clean, const fs::path& noisy,
                           const ImageFolderSpec& spec, std::uint64_t seed)
    : clean_(clean, with_half_the_cache(spec), seed),
      noisy_(partners(clean, noisy, spec), noisy, with_half_the_cache(spec), seed) {
  if (clean_.size() != noisy_.size() || !(clean_.shape() == noisy_.shape())) {
    throw InputError("the images in '{}' come out as {} of {}, those in '{}' as {} of {}",
                     clean.string(), clean_.size(), to_string(clean_.shape()), noisy.string(),
                     noisy_.size(), to_string(noisy_.shape()));
  }
  for (Index i = 0; i < clean_.size(); i += clean_.group()) {
    const Extent2 a = clean_.stored_size(i), b = noisy_.stored_size(i);
    if (a == b) continue;
    throw InputError("a pair must have one size, but '{}' has {}x{} pixels and '{}' {}x{}",
                     clean_.file_of(i).string(), a.h, a.w, noisy_.file_of(i).string(), b.h, b.w);
  }
}

}  // namespace adjoint
