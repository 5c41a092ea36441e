#include <fmt/format.h>

#include "datasets/folder.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/new_config/new_config.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"
#include "train/program/terminal.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// "photos-denoise.toml" for the folder photos.
fs::path usual_config(const fs::path& folder, NewTask task) {
  fs::path name = fs::absolute(folder).lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  return fmt::format("{}-{}.toml", name.stem().string(), name_of(task));
}

int make(const Arguments& arguments) {
  NewConfigRequest request{.folder = arguments.text("folder"),
                           .task = arguments.choice<NewTask>("task"),
                           .minutes = arguments.number("minutes", greater_than(0.0)),
                           .expand = arguments.has("expand")};
  request.config = arguments.has("out") ? fs::path(arguments.text("out"))
                                        : usual_config(request.folder, request.task);
  if (request.config.extension() != ".toml") {
    throw InputError("--out {}: expected a name that ends in .toml", request.config.string());
  }
  if (is_there(request.config) && !arguments.has("overwrite")) {
    throw InputError(
        "{} is there already; replace it with --overwrite, or name another file with --out",
        request.config.string());
  }
  ProgramThreads pool(arguments.threads());
  Terminal terminal;
  terminal.update("looking at the images and measuring some training steps ...");
  const NewConfig made = make_new_config(request, pool);
  terminal.clear();
  write_text_file(request.config, made.text);
  print_result(arguments, new_config_json(made, request.config),
               new_config_report(made, request.config));
  return 0;
}

}  // namespace

Command new_command() {
  using Kind = Option::Kind;
  return {
      .name = "new",
      .summary = "write a config that fits your images and this machine",
      .usage =
          "FOLDER --task denoise|reconstruct|detect|compress|super-resolution [-o CONFIG] "
          "[--minutes N] [--expand] [--overwrite]",
      .doc =
          "Looks at images, writes a commented config for them, and says what it chose, why, and "
          "what to type next. Some real training steps are measured to fit model and epochs to "
          "the time.",
      .example = "adjoint new photos --task denoise -o photos.toml",
      .positional = {"folder"},
      .options = {{"folder", "Folder of images, or one file of them, such as a TIFF stack",
                   Kind::text},
                  {"task",
                   "What the model is for: denoise, reconstruct, detect (defects), compress or "
                   "super-resolution",
                   Kind::text, "TASK"},
                  out_option("The config to write (default: FOLDER-TASK.toml, here)", "", "CONFIG"),
                  {"minutes", "Time that the training may take", Kind::number, "N", "20"},
                  {"expand", "Write out the layers of the model's preset instead of its name"},
                  {"overwrite", "Replace a config that is there"},
                  threads_option(),
                  json_option()},
      .run = make};
}

}  // namespace adjoint
