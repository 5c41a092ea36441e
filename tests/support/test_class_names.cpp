// Two classes of one name, in two headers, are one to the linker: it keeps the members of either.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>

namespace adjoint {
namespace {

namespace fs = std::filesystem;

TEST(ClassNames, StandInOneHeaderEach) {
  static const std::regex definition(
      R"(^(?:class|struct|enum class) ([A-Z]\w*)(?: final)?(?: :.*)? ?\{)");
  std::map<std::string, fs::path> seen;
  for (const char* folder :
       {"framework", "models", "datasets", "inference", "train", "c", "python", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(ADJOINT_SOURCES) / folder)) {
      if (entry.path().extension() != ".hpp") continue;
      std::ifstream file(entry.path());
      std::smatch match;
      for (std::string line; std::getline(file, line);) {
        if (!std::regex_search(line, match, definition)) continue;
        const auto [earlier, first] = seen.emplace(match.str(1), entry.path());
        EXPECT_TRUE(first || earlier->second == entry.path())
            << match.str(1) << " is defined in " << earlier->second << " and in " << entry.path();
      }
    }
  }
  EXPECT_GT(seen.size(), 400U);
}

}  // namespace
}  // namespace adjoint
