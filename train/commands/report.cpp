#include <fmt/format.h>

#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "inference/images/file_guard.hpp"
#include "train/commands/commands.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"
#include "train/run_report.hpp"
#include "train/run_summary.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

int report(const Arguments& arguments) {
  const RunSummary run = summarize_run(arguments.text("run"));
  const RunFolder folder(run.folder);
  const fs::path page = arguments.text_if_given("out").value_or(folder.report().string());
  FileGuard guard;
  for (const fs::path& file :
       {folder.checkpoint(), folder.best(), folder.config(), folder.history(), folder.record()})
    guard.reads(file);
  if (arguments.has("detection")) guard.reads(fs::path(arguments.text("detection")));
  guard.writes(page);
  guard.check();
  check_replaceable(page.string(), FileKind::html);

  RunReportOptions options;
  if (arguments.has("detection")) options.detection = arguments.text("detection");
  ProgramThreads pool(arguments.threads());
  const RunReport made = report_run(run.folder, pool, options);
  const std::string html = made.page.html();
  write_text_file(page, html);
  std::string text = fmt::format("page  {} ({} KB)\n", page.string(), (html.size() + 500) / 1000);
  for (const std::string& missing : made.missing) text += fmt::format("not shown: {}\n", missing);
  print_result(arguments,
               {{"page", page.string()}, {"bytes", html.size()}, {"missing", made.missing}}, text);
  return 0;
}

}  // namespace

Command report_command() {
  using Kind = Option::Kind;
  return {.name = "report",
          .summary = "show a run as one page: curves, pictures, kernels, latent space",
          .usage = "RUN [-o FILE] [--detection FOLDER]",
          .doc =
              "Writes one HTML file that works offline: curves of losses and metrics, pictures of "
              "the epochs, scores of "
              "a calibrated detection, layers and kernels, the latent space, the config, and what "
              "repeats the training.",
          .example = "adjoint report runs/quickstart -o quickstart.html",
          .positional = {"run"},
          .options = {{"run", "Folder of a run, or a checkpoint in one", Kind::text},
                      out_option("HTML file to write (default: report.html in the run's folder)",
                                 "", "FILE"),
                      {"detection",
                       "Folder that `adjoint detect` wrote: show its scores and heat maps, in "
                       "place of the scores of the "
                       "held-out images",
                       Kind::text, "FOLDER"},
                      threads_option(),
                      json_option()},
          .run = report};
}

}  // namespace adjoint
