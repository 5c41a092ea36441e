#include "train/commands/evaluate_classes.hpp"

#include <fmt/format.h>

#include "framework/tensor/error.hpp"
#include "train/one_class_report.hpp"
#include "train/program/interrupt.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"
#include "train/program/terminal.hpp"

namespace adjoint {
namespace {

/// Shows the trainings on standard error, a line for each.
class OneClassProgress final : public OneClassObserver {
 public:
  void on_run(const OneClassRun& run) override {
    run_ = fmt::format("[{}/{}] class {}, seed {}", run.number, run.runs, class_text(run.of),
                       run.seed);
  }
  void on_epoch(const EpochReport& report) override {
    terminal_.update(fmt::format("{}: epoch {}/{}  loss {:.5f}", run_, report.epoch, report.epochs,
                                 report.loss));
  }
  void on_warning(const TrainingWarning& warning) override {
    terminal_.print(fmt::format("{}: {} {}", run_, terminal_.bold("warning:"), warning.text));
  }
  void on_auroc(double auroc) override {
    terminal_.print(fmt::format("{}: AUROC {:.4f}", run_, auroc));
  }
  Terminal& terminal() { return terminal_; }

 private:
  Terminal terminal_;
  std::string run_;
};

}  // namespace

int evaluate_classes(const Arguments& arguments) {
  if (arguments.ranks().several()) {
    throw InputError(
        "evaluate --one-class runs in one process: start it without mpirun (or with one rank)");
  }
  const std::vector<std::string> overrides = arguments.texts_if_given("set");
  for (const std::string& key : overrides) {
    if (key.starts_with("data.classes"))
      throw InputError("--set {}: every class is trained in turn; choose some with --class", key);
  }
  const Config config = read_config_file(arguments.text("one-class"), overrides);
  const OneClassOptions options{.classes = arguments.texts_if_given("class"),
                                .seeds = arguments.integer("seeds", between<Index>(1, 1000)),
                                .folder = arguments.has("out")
                                              ? arguments.text("out")
                                              : fmt::format("runs/{}-classes", config.name)};
  ProgramThreads pool(arguments.threads());
  const InterruptGuard interrupt;
  OneClassProgress progress;
  const auto results = evaluate_one_class(config, options, pool, progress, interrupt.flag());
  progress.terminal().clear();
  if (!results) {
    progress.terminal().print(
        fmt::format("stopped; what is trained is in {}, and the same command goes on from there",
                    options.folder.string()));
    return kInterrupted;
  }
  print_result(arguments, one_class_json(*results, config.seed),
               one_class_text(*results, config.seed));
  return 0;
}

}  // namespace adjoint
