#include <fmt/ranges.h>

#include <algorithm>

#include "datasets/sources/synthetic_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "train/commands/commands.hpp"
#include "train/data/make_data.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

/// Throws InputError if an option is given that is for other styles.
void check_options(const Arguments& arguments, SyntheticStyle style) {
  using enum SyntheticStyle;
  const std::pair<const char*, std::vector<SyntheticStyle>> styles_of[] = {
      {"channels", {mixed, shapes, textures}}, {"objects", {radar}}, {"defects", {fabric}}};
  for (const auto& [option, styles] : styles_of) {
    if (!arguments.has(option) || std::ranges::find(styles, style) != styles.end()) continue;
    std::vector<std::string_view> names;
    for (const SyntheticStyle one : styles) names.push_back(name_of(one));
    throw InputError("--{} is for the style {}, and this is {}; leave it out", option,
                     fmt::join(names, ", "), name_of(style));
  }
}

int make(const Arguments& arguments) {
  const auto style = arguments.choice<SyntheticStyle>("style");
  check_options(arguments, style);
  const std::string out = arguments.text("out");
  const Extent2 size = arguments.extent("size");
  // The same keys and errors as a config's.
  std::string keys = fmt::format("style = '{}'\nsize = [{}, {}]\ncount = {}\n", name_of(style),
                                 size.h, size.w, arguments.integer("count", at_least<Index>(1)));
  if (arguments.has("objects"))
    keys += fmt::format("buried_object = '{}'\n", arguments.text("objects"));
  if (arguments.has("defects")) keys += fmt::format("defects = '{}'\n", arguments.text("defects"));
  if (arguments.has("channels"))
    keys += fmt::format("channels = {}\n", arguments.integer("channels"));
  SyntheticSpec spec;
  parse_config(keys, "data make", {}, spec);
  const std::vector<std::string> written = make_data(spec, arguments.natural("seed"), out);
  print_result(arguments, {{"images", spec.count}, {"out", written}},
               fmt::format("{} images: {}", spec.count, fmt::join(written, ", ")));
  return 0;
}

}  // namespace

Command data_make_command() {
  using Kind = Option::Kind;
  return {
      .name = "data make",
      .summary = "write synthetic images",
      .usage = "STYLE -n N -o OUT [--size HxW] [--seed N]",
      .doc =
          "Writes synthetic images: to a folder, an .npy or an .h5 file. Radar scans come "
          "with labels and masks of the buried objects, fabric with those of the defects.",
      .example = "adjoint data make radar -n 200 --size 64x64 -o scans",
      .positional = {"style"},
      .options = {{"style", fmt::format("{}", fmt::join(names_of<SyntheticStyle>(), ", ")),
                   Kind::text},
                  {"n,count", "Number of images", Kind::integer, "N"},
                  {"size", "Height and width: N or HxW", Kind::text, "HxW", "64"},
                  {"channels", "1 or 3, where the style has colours", Kind::integer, "N"},
                  {"objects",
                   "radar: which scans show a buried object: none, some (the default) or all",
                   Kind::text, "WHICH"},
                  {"defects", "fabric: which images show a defect: none, some (the default) or all",
                   Kind::text, "WHICH"},
                  seed_option("Seed of the images"),
                  out_option("A folder, .npy or .h5"),
                  json_option()},
      .run = make};
}

}  // namespace adjoint
