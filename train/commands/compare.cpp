#include <fmt/format.h>

#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "train/commands/commands.hpp"
#include "train/program/shared_options.hpp"
#include "train/run_comparison.hpp"

namespace adjoint {
namespace {

int compare(const Arguments& arguments) {
  const std::vector<std::string> paths = arguments.texts("runs");
  if (paths.size() < 2) {
    throw InputError(
        "compare takes two runs or more, and there is one, {}; name another one, or "
        "show one run with adjoint report",
        paths.front());
  }
  const std::string page = arguments.text("out");
  const RunComparison comparison = compare_runs(paths);
  FileGuard guard;
  for (const RunSummary& run : comparison.runs) {
    const RunFolder folder(run.folder);
    for (const auto& file :
         {folder.checkpoint(), folder.best(), folder.config(), folder.history(), folder.record()})
      guard.reads(file);
  }
  guard.writes(page);
  guard.check();
  check_replaceable(page, FileKind::html);

  write_text_file(page, comparison_page(comparison).html());
  nlohmann::ordered_json result = comparison_json(comparison);
  result["page"] = page;
  print_result(arguments, result, comparison_text(comparison) + fmt::format("\npage  {}\n", page));
  return 0;
}

}  // namespace

Command compare_command() {
  return {.name = "compare",
          .summary = "show several runs beside each other",
          .usage = "RUN RUN... [-o FILE]",
          .doc =
              "Prints the figures of several runs and the keys of their configs that differ, and "
              "writes an HTML page "
              "with their curves over one another.",
          .example = "adjoint compare runs/fashion-denoiser runs/fashion-tied -o compare.html",
          .positional = {"runs"},
          .options = {{"runs", "Folders of runs, or checkpoints in them", Option::Kind::texts},
                      out_option("HTML file to write", "compare.html", "FILE"),
                      json_option()},
          .run = compare};
}

}  // namespace adjoint
