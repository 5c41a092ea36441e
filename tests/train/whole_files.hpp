#pragma once

// The files of a program that was killed or whose writing failed.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "datasets/formats/image_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {

/// Expects a file to be whole, as far as its kind can tell: that of its content, not of its name.
inline void expect_whole(const std::filesystem::path& path) {
  SCOPED_TRACE(path.string());
  const std::string content = contents(path);
  if (path.filename() == "run.lock") return;
  if (path.extension() == ".jsonl" && content.empty()) return;  // before the first epoch
  if (content.empty()) {
    ADD_FAILURE() << "empty";
    return;
  }
  switch (file_kind(std::as_bytes(std::span(content)))) {
    case FileKind::hdf5: {
      const Hdf5File file = Hdf5File::open(path.string());
      for (const std::string& name : datasets_in(file, "")) EXPECT_NO_THROW(file.read(name));
      return;
    }
    case FileKind::image:
      EXPECT_NO_THROW(read_image(path));
      return;
    case FileKind::html:
      EXPECT_TRUE(content.ends_with("</html>\n"));
      return;
    case FileKind::other:
      break;
    default:
      ADD_FAILURE() << "a kind that was not to be written";
  }
  EXPECT_EQ(content.back(), '\n');
  std::istringstream lines(content);
  std::string line, first;
  if (path.extension() == ".json") {
    EXPECT_FALSE(nlohmann::json::parse(content, nullptr, false).is_discarded());
  } else if (path.extension() == ".jsonl") {
    while (std::getline(lines, line))
      EXPECT_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded()) << line;
  } else if (path.extension() == ".csv") {
    std::getline(lines, first);
    while (std::getline(lines, line))
      EXPECT_EQ(std::ranges::count(line, ','), std::ranges::count(first, ',')) << line;
  } else if (path.filename() == "config.toml") {
    Config config;
    EXPECT_NO_THROW(parse_config(content, path.string(), {}, config));
  }
}

/// The same for all files below a folder.
inline void expect_whole_files(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (!entry.is_directory()) expect_whole(entry.path());
}

}  // namespace adjoint
