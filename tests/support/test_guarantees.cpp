// docs/guarantees.md names the tests that hold each promise: they must be there. Those of the
// Python module are named as ctest does, Python.Arrays for test_arrays.py.

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace adjoint {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "Suite.Name" for each match of a pattern with these two groups.
std::set<std::string> names_in(const std::string& text, const std::regex& pattern) {
  std::set<std::string> names;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
    names.insert(match->str(1) + "." + match->str(2));
  return names;
}

TEST(Guarantees, NameTestsThatThereAre) {
  std::set<std::string> tests;
  for (const auto& entry : fs::recursive_directory_iterator(ADJOINT_TESTS)) {
    if (entry.path().extension() == ".py" && entry.path().stem().string().starts_with("test_")) {
      std::string name = entry.path().stem().string().substr(5);
      name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
      tests.insert("Python." + name);
    }
    if (entry.path().extension() != ".cpp") continue;
    tests.merge(
        names_in(contents(entry.path()), std::regex(R"(TEST(?:_F|_P)?\((\w+),\s*(\w+)\))")));
  }
  const std::set<std::string> named = names_in(contents(fs::path(ADJOINT_DOCS) / "guarantees.md"),
                                               std::regex("`(\\w+)\\.([A-Z]\\w+)`"));
  EXPECT_GE(named.size(), 50U);
  for (const std::string& name : named) EXPECT_TRUE(tests.contains(name)) << name;
}

}  // namespace
}  // namespace adjoint
