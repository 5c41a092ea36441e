// The links of the Markdown pages lead to files that exist, and to headings that those have. The
// built site is checked by docs/site/check-links.

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// The lines of a page that are not code.
std::vector<std::string> prose(const std::string& page) {
  std::vector<std::string> lines;
  std::stringstream text(page);
  bool fenced = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```"))
      fenced = !fenced;
    else if (!fenced && !line.starts_with("    "))
      lines.push_back(line);
  }
  return lines;
}

/// The anchor that a Git host gives to a heading: small letters without punctuation, each space a
/// hyphen; further ones of that name are numbered.
std::set<std::string> anchors_of(const std::string& page) {
  static const std::regex link(R"(\[([^\]]*)\]\([^)]*\))");
  std::set<std::string> anchors;
  std::map<std::string, int> seen;
  for (const std::string& line : prose(page)) {
    const std::size_t marks = line.find_first_not_of('#');
    if (marks == 0 || marks == std::string::npos || line[marks] != ' ') continue;
    std::string anchor;
    for (const char c : std::regex_replace(line.substr(marks + 1), link, "$1")) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == ' ')
        anchor += '-';
      else if (std::isalnum(byte) || byte >= 0x80 || c == '-' || c == '_')
        anchor += static_cast<char>(byte < 0x80 ? std::tolower(byte) : c);
    }
    const int number = seen[anchor]++;
    anchors.insert(number == 0 ? anchor : anchor + "-" + std::to_string(number));
  }
  return anchors;
}

/// All pages of the repository; those of docs/site are Doxygen's.
std::vector<fs::path> markdown_pages(const fs::path& root) {
  std::vector<fs::path> pages;
  for (const fs::directory_entry& entry : fs::directory_iterator(root))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  for (const char* folder : {"benchmarks", "configs", "docs", "examples", "inference", "python"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".md" && entry.path().parent_path().filename() != "site")
        pages.push_back(entry.path());
  }
  return pages;
}

TEST(Documentation, HasNoDeadLinks) {
  const fs::path root = fs::path(ADJOINT_DOCS).parent_path();
  static const std::regex link(R"(\]\(([^)#\s]*)(?:#([^)\s]*))?\))");
  int checked = 0;
  for (const fs::path& page : markdown_pages(root)) {
    for (const std::string& line : prose(contents(page))) {
      if (line.starts_with("<!-- site:")) continue;  // of the built site
      for (std::sregex_iterator match(line.begin(), line.end(), link), end; match != end; ++match) {
        const std::string path = (*match)[1], anchor = (*match)[2];
        if (path.find("://") != std::string::npos) continue;
        SCOPED_TRACE(page.lexically_relative(root).string() + ": " + match->str());
        const fs::path target = path.empty() ? page : page.parent_path() / path;
        ++checked;
        EXPECT_TRUE(fs::exists(target)) << "there is no such file";
        if (anchor.empty() || !fs::exists(target)) continue;
        EXPECT_TRUE(anchors_of(contents(target)).contains(anchor)) << "there is no such heading";
      }
    }
  }
  EXPECT_GT(checked, 250);
}

}  // namespace
}  // namespace adjoint
