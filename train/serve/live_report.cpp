#include "train/serve/live_report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "inference/report/blocks.hpp"
#include "inference/report/inspection_sections.hpp"
#include "train/model_inspection.hpp"
#include "train/run_overview.hpp"

namespace adjoint {
namespace {

using namespace std::chrono_literals;

// An open page asks once a second.
constexpr std::chrono::milliseconds kAsksWithin = 3s, kFarewell = 1500ms;
// Drawing the weights takes at most one part in so many of the time.
constexpr int kRest = 20;

RunSummary summary_of(const Trainer& trainer, const RunFolder& folder) {
  RunSummary run{.folder = folder.path(),
                 .config = trainer.config(),
                 .config_text = trainer.config_text(),
                 .progress = trainer.progress(),
                 .history = trainer.history(),
                 .parameters = trainer.model().parameter_count()};
  run.name = run.config.name;
  run.sessions.push_back({.training_images = trainer.train_size()});
  return run;
}

}  // namespace

LiveReport::LiveReport(const Trainer& trainer, const RunFolder& folder, WantedPort port,
                       const std::string& option)
    : trainer_(trainer),
      id_(fmt::format("{}-{}", ::getpid(),
                      std::chrono::system_clock::now().time_since_epoch().count())),
      layers_(inspect(trainer.model(), trainer.input_shape(), nullptr)),
      batches_(trainer.batches()),
      snapshot_(std::make_shared<Snapshot>(Snapshot{.run = summary_of(trainer, folder)})) {
  const auto json = [](std::string text) {
    return PageAnswer{.type = "application/json", .body = std::move(text)};
  };
  server_ = serve_pages({{"/",
                          [this] {
                            return PageAnswer{.type = "text/html; charset=utf-8",
                                              .body = page().live_html()};
                          }},
                         {"/data", [this, json] { return json(page().data()); }},
                         {"/state", [this, json] { return json(state()); }}},
                        port, option);
}

LiveReport::~LiveReport() {
  std::unique_lock lock(mutex_);
  if (!snapshot_->ending.empty() && Clock::now() - asked_ < kAsksWithin)
    telling_.wait_for(lock, kFarewell, [&] { return told_; });
  lock.unlock();
  server_.reset();
}

void LiveReport::begin() {
  const std::lock_guard lock(mutex_);
  const RunFolder folder(snapshot_->run.folder);
  snapshot_ = std::make_shared<Snapshot>(Snapshot{.run = summary_of(trainer_, folder)});
}

std::string LiveReport::address() const {
  return fmt::format("http://127.0.0.1:{}/", server_->port());
}

void LiveReport::end(Trainer::Ending ending) {
  if (ending == Trainer::Ending::interrupted) return;
  Snapshot next = *snapshot();
  next.ending = fmt::format(
      "The training has {} after epoch {}. The whole report of the run: adjoint report {}",
      ending == Trainer::Ending::stopped_early ? "stopped early" : "finished",
      next.run.progress.epoch, next.run.folder.string());
  publish(std::move(next));
}

void LiveReport::on_step(const StepReport& report) {
  constexpr auto relaxed = std::memory_order_relaxed;  // a text may mix two steps
  if (step_.taken.load(relaxed) == 0)
    step_.since.store(Clock::now().time_since_epoch().count(), relaxed);
  step_.epoch.store(report.epoch, relaxed);
  step_.batch.store(report.batch, relaxed);
  step_.loss.store(report.mean_loss, relaxed);
  step_.taken.fetch_add(1, relaxed);
}

void LiveReport::on_epoch_saved(const EpochReport&) {
  Snapshot next = *snapshot();
  next.run.progress = trainer_.progress();
  next.run.history = trainer_.history();
  next.warnings = warnings_;
  publish(std::move(next));
}

void LiveReport::on_warning(const TrainingWarning& warning) {
  warnings_.push_back(warning.text);
}

void LiveReport::publish(Snapshot next) {
  ++next.version;
  auto shared = std::make_shared<const Snapshot>(std::move(next));
  const std::lock_guard lock(mutex_);
  snapshot_.swap(shared);
}

std::shared_ptr<const LiveReport::Snapshot> LiveReport::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

/// Draws kernels and latent space anew where there are newer weights and enough time has passed. A
/// part that cannot be made is left out: the report at the end says why.
void LiveReport::show_weights(const RunSummary& run) const {
  const Clock::time_point start = Clock::now();
  if (run.progress.epoch == weights_.epoch || start < weights_.made + kRest * weights_.took) return;
  weights_ = {.epoch = run.progress.epoch};
  try {
    ThreadPool alone(1);
    const std::string file = RunFolder(run.folder).checkpoint().string();
    ImageModel model(file, alone);
    Page& sections = weights_.sections;
    sections.add_section("Weights",
                         {blocks::text(fmt::format("Kernels and latent space after epoch {}.",
                                                   model.checkpoint().progress.epoch))});
    const Inspection inspection = inspect_file(file, {});
    add_kernels(sections, inspection, draw_pictures(inspection));
    add_latent_space(sections, model, alone);
  } catch (const std::exception&) {  // the sections so far
  }
  weights_.made = Clock::now();
  weights_.took = weights_.made - start;
}

Page LiveReport::page() const {
  const std::shared_ptr<const Snapshot> now = snapshot();
  const RunSummary& run = now->run;
  Page page(run.config.name, run.folder.string());
  add_figures(page, run);
  if (!now->warnings.empty()) {
    std::vector<Page::Json> texts;
    for (const std::string& warning : now->warnings) texts.push_back(blocks::text(warning));
    page.add_section("Warnings", std::move(texts));
  }
  add_curves(page, run);
  const std::lock_guard lock(drawing_);
  add_epoch_pictures(page, run, pictures_);
  add_layers(page, layers_);
  show_weights(run);
  page.add_sections(weights_.sections);
  page.add_section("Config", {blocks::code(run.config_text, "Config as TOML")});
  return page;
}

std::string LiveReport::state() {
  const std::shared_ptr<const Snapshot> now = snapshot();
  const bool ended = !now->ending.empty();
  const Page::Json state{{"run", id_},
                         {"version", now->version},
                         {"status", ended ? now->ending : status(*now)},
                         {"ended", ended}};
  const std::lock_guard lock(mutex_);
  asked_ = Clock::now();
  if (ended) told_ = true;
  telling_.notify_all();
  return state.dump(-1, ' ', true, Page::Json::error_handler_t::replace);
}

std::string LiveReport::status(const Snapshot& snapshot) const {
  constexpr auto relaxed = std::memory_order_relaxed;
  const Index epochs = snapshot.run.config.training.epochs;
  const Index taken = step_.taken.load(relaxed);
  if (taken == 0)
    return fmt::format("begins epoch {} of {}", snapshot.run.progress.epoch + 1, epochs);
  const Index epoch = step_.epoch.load(relaxed), batch = step_.batch.load(relaxed);
  std::string text = fmt::format("epoch {} of {}, step {} of {}, loss {:.5f}", epoch, epochs, batch,
                                 batches_, step_.loss.load(relaxed));
  if (taken < 2) return text;
  const Clock::duration elapsed =
      Clock::now().time_since_epoch() - Clock::duration(step_.since.load(relaxed));
  const Index left = (epochs - epoch + 1) * batches_ - batch;
  const double seconds = std::chrono::duration<double>(elapsed).count() *
                         static_cast<double>(left) / static_cast<double>(taken - 1);
  return text + fmt::format(", {} to go", duration_text(seconds));
}

}  // namespace adjoint
