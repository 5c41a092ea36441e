// data list, describe, preview, make: what images there are, and what a training makes of them.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "datasets/data_files.hpp"
#include "datasets/formats/array_place.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/level_check.hpp"
#include "datasets/sources/recognize.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "models/config/config_text.hpp"
#include "train/commands/commands.hpp"
#include "train/data/contact_sheet.hpp"
#include "train/data/data_report.hpp"
#include "train/data/make_data.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/terminal.hpp"

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

/// What can be read below a folder, each with its source.
void add_readable(const fs::path& folder, const fs::path& base, int depth, Json& found) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    entries.push_back(entry.path());
  std::ranges::sort(entries);
  for (const fs::path& entry : entries) {
    const bool is_folder = fs::is_directory(entry, error);
    // Single files beside each other are what a folder holds, unless they are arrays.
    const std::string source = recognize_source(entry.string());
    const bool whole = is_folder || source == "npy" || (source == "hdf5" && holds_one_array(entry));
    if (whole && !source.empty())
      found.push_back({{"path", entry.lexically_relative(base).string()}, {"source", source}});
    else if (is_folder && depth < kMostDepth)
      add_readable(entry, base, depth + 1, found);
  }
}

int list(int argc, char** argv) {
  CommandLine line("data list [--json]",
                   "Lists the sources that a config may name, the styles of synthetic images, and "
                   "what the folder that ADJOINT_DATA names holds.",
                   "adjoint data list");
  line.options()("json", "Print the lists as JSON");
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  Json sources = Json::array(), styles = Json::array(), found = Json::array();
  for (const DataSource& source : data_sources())
    sources.push_back({{"name", source.name}, {"summary", source.doc}});
  for (const SyntheticStyle& style : synthetic_styles())
    styles.push_back({{"name", style.name}, {"summary", style.doc}});
  const char* data = std::getenv("ADJOINT_DATA");
  const std::string folder = data ? data : "";
  if (!folder.empty()) add_readable(folder, folder, 1, found);
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", json_text(Json{{"sources", sources},
                                      {"styles", styles},
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
  if (folder.empty()) {
    fmt::print("\nADJOINT_DATA does not name a folder of data\n");
  } else {
    print(fmt::format("\n{} (ADJOINT_DATA)", folder).c_str(), found, "path", "source");
  }
  return 0;
}

void add_selection(CommandLine& line) {
  line.options()("input", "A config (.toml), a folder, a file or an array",
                 cxxopts::value<std::string>())(
      "set", "Overrides a key: of a config any (data.limit=10), of a path one of [data] (limit=10)",
      cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
  line.positional({"input"});
}

DataSelection selection_of(const CommandLine& line, const cxxopts::ParseResult& arguments) {
  std::vector<std::string> overrides;
  if (arguments.count("set") > 0) overrides = arguments["set"].as<std::vector<std::string>>();
  return select_data(line.required(arguments, "input"), overrides);
}

Index count_of(const cxxopts::ParseResult& arguments, const std::string& name) {
  const auto count = arguments[name].as<Index>();
  if (count < 1) throw InputError("--{} {}: expected at least 1", name, count);
  return count;
}

int describe(int argc, char** argv) {
  CommandLine line("data describe CONFIG|PATH [--set KEY=VALUE]... [--samples N] [--json]",
                   "Tells how many images there are, of what shape, classes and values, and how "
                   "they are divided for training and validation.",
                   "adjoint data describe configs/fashion-denoiser.toml");
  add_selection(line);
  line.options()("samples", "Measure the values of so many samples, evenly spaced",
                 cxxopts::value<Index>()->default_value("10000"),
                 "N")("json", "Print the result as JSON");
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const DataSelection data = selection_of(line, *arguments);
  const Config& config = data.config;
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const DatasetPtr all = open_dataset(config.data, seed, config.folder);
  const std::string path =
      config.data.path.empty()
          ? ""
          : find_data(ArrayPlace::parse(config.data.path).file.string(), config.folder).string();
  DataReport report = report_data(*all, count_of(*arguments, "samples"), path);
  report.source = config.data.source;
  if (data.sizes) report.sizes = {data.sizes->least, data.sizes->largest};
  report.train = report.samples;
  // Of a path there may be too little to divide.
  if (data.from_config) {
    const Split split = open_split(config.data, seed, config.folder);
    report.train = split.train->size();
    report.validation = split.validation ? split.validation->size() : 0;
  }
  if (arguments->count("json") > 0)
    fmt::print("{}\n", json_text(report_json(report)));
  else
    fmt::print("{}", report_text(report));
  const char* remedy = data.from_config ? "--set data.white={}" : "--set white={}";
  if (const auto warning = level_warning(*all, remedy)) Terminal().print("warning: " + *warning);
  return 0;
}

int preview(int argc, char** argv) {
  CommandLine line("data preview CONFIG|PATH -o FILE [--set KEY=VALUE]... [--count N] [--seed N]",
                   "Writes a picture of some samples: what the model would see, and beside it what "
                   "it should make of that where the two differ.",
                   "adjoint data preview configs/fashion-denoiser.toml -o sheet.png");
  add_selection(line);
  line.options()("o,out", "The picture, an image file", cxxopts::value<std::string>(), "FILE")(
      "count", "Samples in it", cxxopts::value<Index>()->default_value("16"), "N")(
      "seed", "Which samples, with what noise", cxxopts::value<std::uint64_t>()->default_value("0"),
      "N")("json", "Print the result as JSON");
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string out = line.required(*arguments, "out");
  check_replaceable(out, FileKind::image);
  DataSelection data = selection_of(line, *arguments);
  if (!data.from_config) data.config.data.validation = 0;
  const Index count = count_of(*arguments, "count");
  FileGuard guard;
  guard.reads(line.required(*arguments, "input"));
  guard.reads(data_files(data.config.data, data.config.folder));
  guard.writes(out);
  guard.check();
  const Tensor sheet = contact_sheet(data, count, (*arguments)["seed"].as<std::uint64_t>());
  write_image(out, view(sheet));
  if (arguments->count("json") > 0)
    fmt::print("{}\n", json_text(Json{{"out", out}}));
  else
    fmt::print("picture: {}\n", out);
  return 0;
}

int make(int argc, char** argv) {
  CommandLine line(
      "data make STYLE -n N -o OUT [--size HxW] [--seed N]",
      "Writes synthetic images: to a folder, an .npy or an .h5 file. Radar scans bring "
      "labels and masks of the buried objects along.",
      "adjoint data make radar -n 200 --size 64x64 -o scans");
  std::vector<std::string> styles;
  for (const SyntheticStyle& known : synthetic_styles()) styles.emplace_back(known.name);
  line.options()("style", fmt::format("{}", fmt::join(styles, ", ")),
                 cxxopts::value<std::string>())("n,count", "Images", cxxopts::value<Index>(), "N")(
      "size", "Height and width: N or HxW", cxxopts::value<std::string>()->default_value("64"),
      "HxW")("channels", "1 or 3, where the style has colours", cxxopts::value<Index>(), "N")(
      "objects", "radar: which scans show a buried object: none, some or all",
      cxxopts::value<std::string>()->default_value("some"),
      "WHICH")("seed", "Of everything", cxxopts::value<std::uint64_t>()->default_value("0"), "N")(
      "o,out", "A folder, .npy or .h5", cxxopts::value<std::string>(), "OUT")(
      "json", "Print the result as JSON");
  line.positional({"style"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string style = line.required(*arguments, "style");
  const std::string out = line.required(*arguments, "out");
  line.required<Index>(*arguments, "count");
  if (std::ranges::find(styles, style) == styles.end()) {
    throw InputError("data make {}: expected one of {}", style, fmt::join(styles, ", "));
  }
  std::string size = (*arguments)["size"].as<std::string>();
  if (const std::size_t cross = size.find_first_of("x,"); cross != std::string::npos)
    size = fmt::format("[{}, {}]", size.substr(0, cross), size.substr(cross + 1));
  // The same keys and errors as a config's.
  std::string keys = fmt::format("style = '{}'\nsize = {}\ncount = {}\n", style, size,
                                 count_of(*arguments, "count"));
  if (style == "radar")
    keys += fmt::format("buried_object = '{}'\n", (*arguments)["objects"].as<std::string>());
  if (arguments->count("channels") > 0)
    keys += fmt::format("channels = {}\n", (*arguments)["channels"].as<Index>());
  SyntheticSpec spec;
  parse_config(keys, "data make", {}, spec);
  const std::vector<std::string> written =
      make_data(spec, (*arguments)["seed"].as<std::uint64_t>(), out);
  if (arguments->count("json") > 0)
    fmt::print("{}\n", json_text(Json{{"images", spec.count}, {"out", written}}));
  else
    fmt::print("{} images: {}\n", spec.count, fmt::join(written, ", "));
  return 0;
}

struct Subcommand {
  std::string_view name;
  std::string_view summary;
  int (*run)(int argc, char** argv);
};
constexpr Subcommand kSubcommands[] = {
    {"list", "the sources, the synthetic styles, and what ADJOINT_DATA holds", list},
    {"describe", "count, shape, classes and values of images", describe},
    {"preview", "a picture of what a training would see", preview},
    {"make", "write synthetic images", make},
};

}  // namespace

int run_data(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "--help" || name == "-h") {
    fmt::print("Looks at images before a training, and makes some.\n\n");
    for (const Subcommand& command : kSubcommands)
      fmt::print("  adjoint data {:<10}{}\n", command.name, command.summary);
    fmt::print("\nExample:\n  adjoint data describe configs/fashion-denoiser.toml\n");
    return 0;
  }
  for (const Subcommand& command : kSubcommands) {
    if (command.name == name) return command.run(argc - 1, argv + 1);
  }
  throw InputError(
      "{}: expected list, describe, preview or make; usage: adjoint data list | "
      "describe CONFIG|PATH | preview CONFIG|PATH -o FILE | make STYLE -n N -o OUT",
      name.empty() ? "data needs a word more" : fmt::format("data {}", name));
}

}  // namespace adjoint
