#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "datasets/fetch/bytes_text.hpp"
#include "datasets/fetch/fetch_data.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/program/fetch_display.hpp"
#include "train/program/interrupt.hpp"
#include "train/program/shared_options.hpp"
#include "train/shell_text.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostListed = 10;  // files, each in a line of its own

const PublishedData& data_named(const std::string& name) {
  if (const PublishedData* data = find_published(name)) return *data;
  throw InputError("there is no data set \"{}\" to fetch; expected one of {}", name,
                   fmt::join(published_names(), ", "));
}

/// Where the shipped configs look for it.
fs::path default_folder(const PublishedData& data) {
  const char* folder = std::getenv("ADJOINT_DATA");
  return fs::path(folder && *folder ? folder : "data") / data.folder;
}

std::vector<std::string> next_commands(const PublishedData& data, const fs::path& folder) {
  const std::string whole = fs::absolute(folder).lexically_normal().string();
  return {"adjoint data describe " + shell_argument(folder.string()),
          fmt::format("adjoint train configs/{}.toml --set {}", data.config,
                      shell_argument("data.path=" + whole))};
}

std::string fetched_text(const PublishedData& data, const FetchResult& result,
                         const fs::path& folder) {
  std::string text = fmt::format("{}: {}\n", data.name, data.doc);
  std::uintmax_t bytes = 0;
  for (const FetchedFile& file : result.files) {
    bytes += file.bytes;
    if (result.files.size() > kMostListed) continue;
    text += fmt::format("  {}  {}{}\n", file.path.string(), bytes_text(file.bytes),
                        file.was_there ? ", was there" : "");
  }
  text += fmt::format("{} files with {} in {}, their SHA-256 is right; {} downloaded\n",
                      result.files.size(), bytes_text(bytes), folder.string(),
                      bytes_text(result.downloaded));
  text += fmt::format("{}: {}\n", data.homepage, data.licence);
  text += fmt::format("next:\n  {}\n", fmt::join(next_commands(data, folder), "\n  "));
  return text;
}

nlohmann::ordered_json fetched_json(const PublishedData& data, const FetchResult& result,
                                    const fs::path& folder) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const FetchedFile& file : result.files) {
    files.push_back({{"path", file.path.string()},
                     {"bytes", file.bytes},
                     {"sha256", file.sha256},
                     {"was_there", file.was_there}});
  }
  return {{"name", data.name},
          {"out", folder.string()},
          {"files", files},
          {"downloaded_bytes", result.downloaded},
          {"homepage", data.homepage},
          {"licence", data.licence},
          {"next", next_commands(data, folder)}};
}

int fetch(const Arguments& arguments) {
  const PublishedData& data = data_named(arguments.text("name"));
  const fs::path folder =
      arguments.has("out") ? fs::path(arguments.text("out")) : default_folder(data);
  const InterruptGuard interrupt;
  FetchDisplay display;
  display.terminal().print(
      fmt::format("{}: {} to {}", data.name, bytes_text(data.bytes()), folder.string()));
  const auto print = [&](const std::string& line) { display.terminal().print(line); };
  const FetchResult result = fetch_data(
      {.data = data, .folder = folder, .from = arguments.text_if_given("from").value_or("")},
      {.stop = &interrupt.flag(),
       .progress = [&](const FetchProgress& progress) { display.show(progress); },
       .message = print});
  if (result.stopped) {
    print(
        fmt::format("stopped; what arrived is kept in {}, and the same command goes on from there",
                    folder.string()));
    return kInterrupted;
  }
  display.terminal().clear();
  print_result(arguments, fetched_json(data, result, folder), fetched_text(data, result, folder));
  return 0;
}

/// "  mnist  handwritten digits ... (11.6 MB)" and so on, each row in a line.
std::string rows_text() {
  std::vector<std::string> rows;
  for (const PublishedData& data : published_data())
    rows.push_back(fmt::format("  {:<15}{} ({})", data.name, data.doc, bytes_text(data.bytes())));
  return fmt::format("{}\n", fmt::join(rows, "\n"));
}

}  // namespace

Command data_fetch_command() {
  using Kind = Option::Kind;
  return {
      .name = "data fetch",
      .summary = "download a published data set",
      .usage = "NAME [-o FOLDER] [--from URL]",
      .doc =
          "Downloads a data set from its publisher, compares the SHA-256 of every file, and "
          "unpacks what training reads. Files that are there are not downloaded again, and a "
          "download that was cut or stopped goes on where it ended: type the same command.\n\n" +
          rows_text(),
      .example = "adjoint data fetch fashion-mnist -o data/fashion-mnist",
      .positional = {"name"},
      .options =
          {{"name", fmt::format("{}", fmt::join(published_names(), ", ")), Kind::text},
           {"o,out",
            "The folder (default: the name that the configs look for, in $ADJOINT_DATA, else "
            "in data)",
            Kind::text, "FOLDER"},
           {"from", "A folder on another server that holds the files, instead of the publisher",
            Kind::text, "URL"},
           json_option()},
      .run = fetch};
}

}  // namespace adjoint
