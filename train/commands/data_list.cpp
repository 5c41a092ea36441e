#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "datasets/fetch/published_data.hpp"
#include "datasets/formats/array_place.hpp"
#include "datasets/sources/source_table.hpp"
#include "datasets/sources/synthetic_dataset.hpp"
#include "framework/settings/named_enum.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/program/json_text.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kMostDepth = 2;  // of folders that list looks into

/// Whether an HDF5 file holds one array, as one of data does and a model does not.
bool holds_one_array(const fs::path& file) {
  try {
    ArrayPlace{file, {}}.dataset_in(Hdf5File::open(file.string()));
    return true;
  } catch (const InputError&) {
    return false;
  }
}

/// Finds data that can be read below a folder, each with its source.
void add_readable(const fs::path& folder, const fs::path& base, int depth, Json& found) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    entries.push_back(entry.path());
  std::ranges::sort(entries);
  for (const fs::path& entry : entries) {
    const bool is_folder = fs::is_directory(entry, error);
    // Single files beside each other are what a folder holds, unless they are arrays.
    const Kind<SourceFamily>* known = recognize_source(entry.string());
    const std::string_view source = known ? known->name : "";
    const bool whole = is_folder || source == "npy" || (source == "hdf5" && holds_one_array(entry));
    if (whole && !source.empty())
      found.push_back({{"path", entry.lexically_relative(base).string()}, {"source", source}});
    else if (is_folder && depth < kMostDepth)
      add_readable(entry, base, depth + 1, found);
  }
}

int list(const Arguments& arguments) {
  Json sources = Json::array(), styles = Json::array(), published = Json::array(),
       found = Json::array();
  for (const Kind<SourceFamily>& source : SourceFamily::kinds())
    sources.push_back({{"name", source.name}, {"summary", source.doc}});
  for (const std::string& name : names_of<SyntheticStyle>())
    styles.push_back({{"name", name}, {"summary", description(*named<SyntheticStyle>(name))}});
  for (const PublishedData& data : published_data())
    published.push_back({{"name", data.name}, {"summary", data.doc}, {"bytes", data.bytes()}});
  const char* data = std::getenv("ADJOINT_DATA");
  const std::string folder = data ? data : "";
  if (!folder.empty()) add_readable(folder, folder, 1, found);
  if (arguments.json()) {
    fmt::print("{}\n", json_text(Json{{"sources", sources},
                                      {"styles", styles},
                                      {"published", published},
                                      {"folder", folder.empty() ? Json() : Json(folder)},
                                      {"data", found}}));
    return 0;
  }
  const auto print = [](const char* title, const Json& rows, const char* key, const char* value) {
    fmt::print("{}\n", title);
    std::size_t width = 12;
    for (const Json& row : rows)
      width = std::max(width, row[key].get_ref<const std::string&>().size() + 2);
    for (const Json& row : rows) {
      fmt::print("  {:<{}}{}\n", row[key].get<std::string>(), width, row[value].get<std::string>());
    }
  };
  print("sources ([data] source = ...)", sources, "name", "summary");
  print("\nstyles of synthetic images (style = ...)", styles, "name", "summary");
  print("\npublished data (adjoint data fetch NAME)", published, "name", "summary");
  if (folder.empty()) {
    fmt::print("\nADJOINT_DATA does not name a folder of data\n");
  } else {
    print(fmt::format("\n{} (ADJOINT_DATA)", folder).c_str(), found, "path", "source");
  }
  return 0;
}

}  // namespace

Command data_list_command() {
  return {
      .name = "data list",
      .summary =
          "list sources, synthetic styles, what fetch downloads and the data in ADJOINT_DATA",
      .usage = "[--json]",
      .doc =
          "Lists the sources that a config may name, the styles of synthetic images, the data sets "
          "that data fetch downloads, and the data in the folder that ADJOINT_DATA names.",
      .example = "adjoint data list",
      .positional = {},
      .options = {json_option()},
      .run = list};
}

}  // namespace adjoint
