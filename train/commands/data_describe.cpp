#include "datasets/formats/array_place.hpp"
#include "datasets/level_check.hpp"
#include "train/commands/commands.hpp"
#include "train/data/data_report.hpp"
#include "train/data/data_source.hpp"
#include "train/program/shared_options.hpp"
#include "train/program/terminal.hpp"

namespace adjoint {
namespace {

int describe(const Arguments& arguments) {
  const DataSelection data = select_data(arguments.text("input"), arguments.texts_if_given("set"));
  const Config& config = data.config;
  const auto seed = static_cast<std::uint64_t>(config.seed);
  const DatasetPtr all = open_dataset(config.data, seed, config.folder);
  const std::string path =
      config.data.path.empty()
          ? ""
          : find_data(ArrayPlace::parse(config.data.path).file.string(), config.folder).string();
  DataReport report = report_data(*all, arguments.integer("samples", at_least<Index>(1)), path);
  report.source = config.data.source.name();
  report.noise_measured = report.source != "synthetic";
  if (report.noise_measured) report.noise = estimate_noise(*all);
  report.corrupted = !config.corruptions.empty();
  if (data.sizes) report.sizes = {data.sizes->least, data.sizes->largest};
  report.train = report.samples;
  // A path alone may hold too few images to divide into training and validation data.
  if (data.from_config) {
    const Split split = open_split(config.data, seed, config.folder);
    report.train = split.train->size();
    report.validation = split.validation ? split.validation->size() : 0;
  }
  print_result(arguments, report_json(report), report_text(report));
  const char* remedy = data.from_config ? "--set data.white={}" : "--set white={}";
  if (const auto warning = level_warning(*all, remedy)) Terminal().print("warning: " + *warning);
  return 0;
}

}  // namespace

Command data_describe_command() {
  using Kind = Option::Kind;
  return {.name = "data describe",
          .summary = "print count, shape, classes, values and noise of images",
          .usage = "CONFIG|PATH [--set KEY=VALUE]... [--samples N] [--json]",
          .doc =
              "Describes images: count, shape, classes, values, noise, and the split into training "
              "and validation data.",
          .example = "adjoint data describe configs/fashion-denoiser.toml",
          .positional = {"input"},
          .options = {{"input", "A config (.toml), a folder, a file or an array", Kind::text},
                      set_option("Override a key: any of a config (data.limit=10), or one of "
                                 "[data] for a path (limit=10)"),
                      {"samples", "Number of samples to measure, evenly spaced", Kind::integer, "N",
                       "10000"},
                      json_option()},
          .run = describe};
}

}  // namespace adjoint
