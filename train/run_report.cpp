#include "train/run_report.hpp"

#include <fmt/format.h>

#include <functional>

#include "framework/storage/find_checkpoint.hpp"
#include "inference/images/image_model.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/report_tables.hpp"
#include "inference/report/blocks.hpp"
#include "inference/report/inspection_sections.hpp"
#include "train/detection_scores.hpp"
#include "train/model_inspection.hpp"
#include "train/run_overview.hpp"
#include "train/run_samples.hpp"
#include "train/run_summary.hpp"

namespace adjoint {
namespace {

using Json = Page::Json;

/// How to make the run again, and on what machine it was made.
std::vector<Json> reproduction_blocks(const RunSummary& run) {
  std::vector<Json> content;
  if (run.sessions.empty()) {
    content.push_back(
        blocks::text("The run's folder has no training.json, which says by which command and on "
                     "which machine it was trained."));
  }
  for (const TrainingSession& session : run.sessions) {
    content.push_back(blocks::code(session.command, "Command of the training"));
    std::vector<std::pair<std::string, std::string>> facts{
        {"epochs", fmt::format("{} to {}", session.first_epoch, session.last_epoch)},
        {"program", "adjoint " + session.version},
        {"seed", fmt::to_string(run.config.seed)},
        {"training data", session.training_data},
        {"validation data", session.validation_data},
        {"processor", session.processor},
        {"threads", session.ranks > 1
                        ? fmt::format("{} in each of {} ranks", session.threads, session.ranks)
                        : fmt::to_string(session.threads)},
        {"instruction sets",
         session.instructions + " (as Highway, oneDNN and OpenBLAS name them)"}};
    const auto epochs = static_cast<double>(session.last_epoch - session.first_epoch + 1);
    if (session.seconds > 0 && epochs > 0) {
      const double images = epochs * static_cast<double>(session.training_images);
      facts.emplace_back("time",
                         fmt::format("{}, {:.0f} training images a second, validation included",
                                     duration_text(session.seconds), images / session.seconds));
    }
    content.push_back(blocks::facts(facts));
  }
  content.push_back(blocks::remark(
      "The same config, seed and data give the same weights to the last bit at any number of "
      "threads, on one kind of "
      "processor. A checksum (CRC-32) is over images that are spread evenly over the data."));
  return content;
}

}  // namespace

RunReport report_run(const std::filesystem::path& path, ThreadPool& pool,
                     const RunReportOptions& options) {
  const RunSummary run = summarize_run(path);
  RunReport report{.page = Page(run.config.name, run.folder.string())};
  Page& page = report.page;
  /// The report is worth having without a part that the data or the memory do not allow.
  const auto attempt = [&](const std::string& what, const std::function<void()>& make) {
    try {
      make();
    } catch (const std::exception& error) {
      report.missing.push_back(fmt::format("{}: {}", what, error.what()));
    }
  };
  add_figures(page, run);
  add_curves(page, run);

  const std::string weights = find_checkpoint(run.folder, Saved::best).string();
  std::optional<ImageModel> model;
  attempt("model", [&] { model.emplace(weights, pool); });
  attempt("pictures of the epochs",
          [&] { add_samples(page, run, model ? &*model : nullptr, pool); });
  if (options.detection) {
    add_detection(page, read_detection(*options.detection));
  } else if (model) {
    attempt("detection", [&] {
      if (const auto scores = held_out_scores(*model)) add_detection(page, *scores);
    });
  }
  attempt("layers and kernels", [&] {
    const Inspection inspection = inspect_file(weights, {});
    std::optional<PlanReport> plan;
    attempt("engines", [&] { plan = inspect_plan(weights, {}); });
    add_layers(page, inspection, plan ? &*plan : nullptr);
    add_kernels(page, inspection, draw_pictures(inspection));
  });
  if (model) attempt("latent space", [&] { add_latent_space(page, *model, pool); });
  page.add_section("Config",
                   {blocks::remark("All keys with their values, as the checkpoint keeps them."),
                    blocks::code(run.config_text, "Config as TOML")});
  page.add_section("Reproduce", reproduction_blocks(run));
  if (!report.missing.empty()) {
    std::vector<Json> content;
    for (const std::string& what : report.missing) content.push_back(blocks::text(what));
    page.add_section("Not shown", std::move(content));
  }
  return report;
}

}  // namespace adjoint
