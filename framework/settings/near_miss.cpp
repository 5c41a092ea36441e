#include "framework/settings/near_miss.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "framework/settings/foreign_words.hpp"

namespace adjoint {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string nearest_name(std::string_view word, std::span<const std::string> names) {
  constexpr std::size_t kLongestWord = 64;
  if (word.size() > kLongestWord) return "";
  const std::string lower_word = lower_case(word);
  std::string nearest;
  int limit = std::max(1, static_cast<int>(word.size()) / 3);
  for (const std::string& name : names) {
    const int distance = edit_distance(lower_word, lower_case(name));
    // A name is no correction of a word of which it shares no letter.
    if (distance > limit || distance >= static_cast<int>(name.size())) continue;
    if (distance == limit && !nearest.empty()) continue;
    nearest = name;
    limit = distance;
  }
  if (!nearest.empty() || word.size() < 3) return nearest;
  for (const std::string& name : names)
    if (lower_case(name).starts_with(lower_word)) return name;
  return "";
}

std::string meant_name(std::string_view word, std::span<const std::string> names) {
  const std::string name = own_name(word, names);
  return name.empty() ? nearest_name(word, names) : name;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> names) {
  const std::string name = meant_name(word, names);
  return name.empty() ? "" : fmt::format("; did you mean \"{}\"?", name);
}

std::string quoted_list(std::span<const std::string> names) {
  return names.empty() ? "" : fmt::format("\"{}\"", fmt::join(names, "\", \""));
}

}  // namespace adjoint
