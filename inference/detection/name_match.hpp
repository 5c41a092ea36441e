#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace adjoint {

/// Finds what a table or a folder says about an image by the image's name, such as "good/000".
///
/// An entry belongs to the image of its name, with or without the ending of an image file. It may
/// leave out leading folders ("000.png" for "good/000"); an image takes the entry that leaves out
/// the least. No entry may fit two images, and no two entries one image equally well.
class NameMatch {
 public:
  enum class Rule {
    /// The entry may also name more folders than the image: "test/good/000" for "000".
    same_name,
    /// Also NAME_mask, as in the layout of MVTec, and a name that the image's goes on after with -
    /// or _: "44000011" for "44000011_test".
    mask_of_name,
  };
  /// `entries` are names, '/' between folders; `place` is the table or folder, for messages.
  NameMatch(Rule rule, std::string place, std::vector<std::string> entries);

  /// The position of the entry of an image, if there is one. Throws InputError naming both images,
  /// if it was another's before, or both entries, if two fit.
  std::optional<std::size_t> find(const std::string& image);

 private:
  struct Key {
    std::string folder;
    std::size_t entry;
  };
  std::vector<std::string> candidates(const std::string& stem) const;
  std::size_t closeness_of(const std::string& image, const std::string& entry) const;

  Rule rule_;
  std::string place_;
  std::vector<std::string> entries_;
  std::multimap<std::string, Key> by_stem_;
  std::map<std::size_t, std::string> taken_;  // the image that an entry belongs to
};

}  // namespace adjoint
