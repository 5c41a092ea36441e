#include "datasets/data_files.hpp"
#include "datasets/formats/image_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "inference/images/file_guard.hpp"
#include "train/commands/commands.hpp"
#include "train/data/contact_sheet.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int preview(const Arguments& arguments) {
  const std::string out = arguments.text("out");
  check_replaceable(out, FileKind::image);
  DataSelection data = select_data(arguments.text("input"), arguments.texts_if_given("set"));
  if (!data.from_config) data.config.data.validation = 0;
  const Index count = arguments.integer("count", at_least<Index>(1));
  FileGuard guard;
  guard.reads(arguments.text("input"));
  guard.reads(data_files(data.config.data, data.config.folder));
  guard.writes(out);
  guard.check();
  const Tensor sheet = contact_sheet(data, count, arguments.natural("seed"));
  write_image(out, view(sheet));
  print_result(arguments, nlohmann::ordered_json{{"out", out}}, "picture: " + out);
  return 0;
}

}  // namespace

Command data_preview_command() {
  using Kind = Option::Kind;
  return {.name = "data preview",
          .summary = "draw some samples as training sees them",
          .usage = "CONFIG|PATH -o FILE [--set KEY=VALUE]... [--count N] [--seed N]",
          .doc =
              "Writes a picture of some samples: the model's input, and beside it the target "
              "where the two differ.",
          .example = "adjoint data preview configs/fashion-denoiser.toml -o sheet.png",
          .positional = {"input"},
          .options = {{"input", "A config (.toml), a folder, a file or an array", Kind::text},
                      set_option("Override a key: any of a config (data.limit=10), or one of "
                                 "[data] for a path (limit=10)"),
                      out_option("The picture, an image file", "", "FILE"),
                      {"count", "Number of samples", Kind::integer, "N", "16"},
                      seed_option("Seed of the choice of samples and of their noise"),
                      json_option()},
          .run = preview};
}

}  // namespace adjoint
