#include "train/program/progress_display.hpp"

#include <fmt/format.h>

namespace adjoint {
namespace {

constexpr double kNoticeableWait = 0.02;

}  // namespace

void ProgressDisplay::on_step(const StepReport& report) {
  const auto now = Clock::now();
  if (batches_ == 0) start_ = now;  // the first step warms up and is not timed
  if (++batches_ > 1) samples_ += report.samples;
  if (!terminal_.interactive() || now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double speed = elapsed > 0 ? static_cast<double>(samples_) / elapsed : 0;
  const Index left = (report.epochs - report.epoch + 1) * report.batches - report.batch;
  const double eta =
      batches_ > 1 ? elapsed / static_cast<double>(batches_ - 1) * static_cast<double>(left) : 0;
  terminal_.update(
      fmt::format("epoch {}/{} {} {:3.0f} %  {:.0f} images/s  loss {:.5f}{}  eta {}", report.epoch,
                  report.epochs,
                  bar(static_cast<double>(report.batch) / static_cast<double>(report.batches), 24),
                  100.0 * static_cast<double>(report.batch) / static_cast<double>(report.batches),
                  speed, report.mean_loss, last_psnr_, clock_text(eta)));
}

void ProgressDisplay::on_epoch(const EpochReport& report) {
  std::string line =
      fmt::format("epoch {}/{}  loss {:.5f}", report.epoch, report.epochs, report.loss);
  const Evaluation& found = report.validation;
  if (report.validated) line += fmt::format("  validation loss {:.5f}", found.loss);
  const std::optional<double> psnr = !report.validated     ? report.psnr
                                     : found.has_reference ? std::optional(found.psnr)
                                                           : std::nullopt;
  last_psnr_ = psnr ? fmt::format("  PSNR {:.2f} dB", *psnr) : "";
  line += terminal_.bold(last_psnr_);
  if (report.validated && psnr && found.input_psnr < 100)
    line += fmt::format(" (input {:.2f})", found.input_psnr);
  line += fmt::format("  {}", clock_text(report.seconds));
  if (report.loader_wait > kNoticeableWait)
    line += fmt::format("  waited {:.0f} % for images", 100 * report.loader_wait);
  if (report.best) line += terminal_.dim("  best");
  terminal_.print(line);
}

void ProgressDisplay::on_warning(const TrainingWarning& warning) {
  terminal_.print(fmt::format("{} {}", terminal_.bold("warning:"), warning.text));
}

}  // namespace adjoint
