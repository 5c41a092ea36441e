#include "train/run_overview.hpp"

#include <fmt/format.h>

#include "inference/inspection/report_tables.hpp"
#include "inference/report/blocks.hpp"
#include "inference/report/history_charts.hpp"

namespace adjoint {

void add_figures(Page& page, const RunSummary& run) {
  const std::string best = fmt::format("best, epoch {}", run.progress.best_epoch);
  const bool validated = run.best("validation_loss").has_value();
  if (const auto loss = run.best(validated ? "validation_loss" : "loss"))
    page.add_figure(validated ? "validation loss" : "training loss", fmt::format("{:.5g}", *loss),
                    best);
  if (const auto psnr = run.best(validated ? "validation_psnr" : "psnr")) {
    const auto input = run.best("input_psnr");
    page.add_figure(
        validated ? "validation PSNR" : "training PSNR", fmt::format("{:.2f} dB", *psnr),
        input && run.has_corrupted_input() ? fmt::format("input {:.2f} dB", *input) : best);
  }
  page.add_figure("epochs", fmt::to_string(run.progress.epoch),
                  fmt::format("of {}", run.config.training.epochs));
  page.add_figure("parameters", with_commas(run.parameters));
  const auto seconds = run.seconds_per_epoch();
  if (!seconds) return;
  const auto images = run.images_per_second();
  page.add_figure("training time", duration_text(run.progress.seconds),
                  images ? fmt::format("{:.0f} images/s", *images)
                         : fmt::format("{:.3g} s an epoch", *seconds));
}

void add_curves(Page& page, const RunSummary& run) {
  const std::vector<LineChart> curves = history_charts(run.history, run.progress.best_epoch);
  if (!curves.empty()) {
    page.add_section("Training", {blocks::charts(curves),
                                  blocks::fold("Learning rate and time",
                                               {blocks::charts(pace_charts(run.history))})});
  }
}

}  // namespace adjoint
