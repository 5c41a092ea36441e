#include "inference/detection/name_match.hpp"

#include <filesystem>

#include "datasets/formats/image_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

std::string folder_of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

std::string stem_of(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

std::string without_ending(const std::string& name) {
  return has_image_extension(name) ? std::filesystem::path(name).replace_extension().string()
                                   : name;
}

/// Whether one folder is the other or its last part: "broken" of "test/broken".
bool ends_in(const std::string& folder, const std::string& part) {
  return part.empty() || folder == part || folder.ends_with("/" + part);
}

}  // namespace

NameMatch::NameMatch(Rule rule, std::string place, std::vector<std::string> entries)
    : rule_(rule), place_(std::move(place)), entries_(std::move(entries)) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string stem = stem_of(entries_[i]), bare = without_ending(stem);
    const Key key{folder_of(entries_[i]), i};
    by_stem_.emplace(bare, key);
    if (stem != bare) by_stem_.emplace(stem, key);
  }
}

/// The names that an entry of that image may have, the likeliest first.
std::vector<std::string> NameMatch::candidates(const std::string& stem) const {
  std::vector<std::string> names{stem};
  const std::string bare = without_ending(stem);
  if (bare != stem) names.push_back(bare);
  if (rule_ == Rule::same_name) return names;
  names.push_back(bare + "_mask");
  for (std::size_t end = bare.find_last_of("-_"); end != std::string::npos && end > 0;
       end = bare.find_last_of("-_", end - 1))
    names.push_back(bare.substr(0, end));
  return names;
}

/// Number of folders in which an image and an entry agree; 0: they do not.
std::size_t NameMatch::closeness_of(const std::string& image, const std::string& entry) const {
  if (image == entry) return 2 * image.size() + 2;
  if (ends_in(image, entry)) return 2 * entry.size() + 1;
  return rule_ == Rule::same_name && ends_in(entry, image) ? 2 * image.size() + 1 : 0;
}

std::optional<std::size_t> NameMatch::find(const std::string& image) {
  const std::string folder = folder_of(image);
  const Key *best = nullptr, *rival = nullptr;  // the nearest; another as near and as likely
  std::size_t nearest = 0;
  for (const std::string& candidate : candidates(stem_of(image))) {
    const Key* first = best;  // of the candidates before
    const auto [begin, end] = by_stem_.equal_range(candidate);
    for (auto at = begin; at != end; ++at) {
      const std::size_t closeness = closeness_of(folder, at->second.folder);
      if (closeness > nearest) {
        nearest = closeness;
        best = &at->second;
        rival = nullptr;
      } else if (closeness == nearest && closeness > 0 && best != first) {
        rival = &at->second;
      }
    }
  }
  if (rival) {
    throw InputError("{}: both \"{}\" and \"{}\" fit the image \"{}\"; expected one of them",
                     place_, entries_[best->entry], entries_[rival->entry], image);
  }
  if (!best) return std::nullopt;
  const auto [taken, is_new] = taken_.emplace(best->entry, image);
  if (!is_new && taken->second != image) {
    throw InputError(
        "{}: \"{}\" fits two images, \"{}\" and \"{}\"; give it the name of its image with the "
        "folder, as in \"{}\"",
        place_, entries_[best->entry], taken->second, image, image);
  }
  return best->entry;
}

}  // namespace adjoint
