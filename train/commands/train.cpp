#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/storage/atomic_file.hpp"
#include "train/begin_run.hpp"
#include "train/commands/commands.hpp"
#include "train/program/interrupt.hpp"
#include "train/program/json_text.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/progress_display.hpp"
#include "train/program/shared_options.hpp"
#include "train/program/version.hpp"
#include "train/run_report.hpp"
#include "train/shell_text.hpp"
#include "train/training_record.hpp"
#include "train/training_report.hpp"

namespace adjoint {
namespace {

// What --serve means without a port.
constexpr const char* kAnyPort = "auto";

std::string ranks_text(const Ranks& ranks) {
  return ranks.several() ? fmt::format("{} ranks of ", ranks.size()) : "";
}

std::string launcher(const Ranks& ranks) {
  return ranks.several() ? fmt::format("mpirun -n {} ", ranks.size()) : "";
}

/// The command line, as far as it decides what is trained.
std::string command_of(const Arguments& arguments) {
  std::string command =
      launcher(arguments.ranks()) + "adjoint train " + shell_argument(arguments.text("config"));
  for (const std::string& key : arguments.texts_if_given("set"))
    command += " --set " + shell_argument(key);
  for (const char* option : {"out", "from"})
    if (arguments.has(option))
      command += fmt::format(" --{} {}", option, shell_argument(arguments.text(option)));
  if (arguments.has("resume")) command += " --resume";
  return command;
}

WantedPort wanted_port(const Arguments& arguments) {
  const std::string port = arguments.text_if_given("serve").value_or(kAnyPort);
  return port == kAnyPort ? std::nullopt : WantedPort(parse_port(port, "--serve"));
}

/// Writes what can be made again, or be done without: a failure is a warning, with what follows
/// from it.
template <class Write>
void try_to_write(Terminal& terminal, const std::string& consequence, const Write& write) {
  try {
    write();
  } catch (const std::exception& error) {
    terminal.print(fmt::format("warning: {}; {}", error.what(), consequence));
  }
}

/// Keeps how the run was trained, and unless `record_alone` its page. The name of that; empty if
/// there is none.
std::string write_reports(const Arguments& arguments, const Trainer& trainer,
                          const TrainingProgress& before, const RunFolder& folder,
                          bool record_alone, ThreadPool& pool, Terminal& terminal) {
  if (trainer.history().rows.empty()) return "";  // nothing to show
  if (trainer.progress().epoch > before.epoch) {
    try_to_write(terminal, "the run has no record of how it was trained", [&] {
      TrainingSession session = session_of(trainer, before, pool);
      session.command = command_of(arguments);
      session.version = short_version();
      session.ranks = arguments.ranks().size();
      add_session(folder, session);
    });
  }
  if (record_alone || arguments.has("no-report")) return "";
  std::string page;
  try_to_write(terminal, "adjoint report makes the run's report again", [&] {
    write_text_file(folder.report(), report_run(folder.path(), pool).page.html());
    page = folder.report().string();
  });
  return page;
}

int train(const Arguments& arguments) {
  const std::string config = arguments.text("config");
  RunSource source = read_run_source(config, arguments.texts_if_given("set"));
  const RunFolder folder(arguments.has("out") ? std::filesystem::path(arguments.text("out"))
                                              : source.default_folder);
  ProgramThreads pool(arguments.threads());
  const RunRequest request{.source = std::move(source),
                           .folder = folder,
                           .config_file = config,
                           .resume = arguments.has("resume"),
                           .overwrite = arguments.has("overwrite"),
                           .from = arguments.text_if_given("from"),
                           .serve = arguments.has("serve"),
                           .port = wanted_port(arguments),
                           .tensorboard = arguments.text_if_given("tensorboard")};
  BegunRun begun = begin_run(request, pool, arguments.ranks());
  Trainer& trainer = *begun.trainer;
  const InterruptGuard interrupt;
  ProgressDisplay display;
  for (const std::string& change : begun.changes) display.terminal().print(change);
  if (begun.level_warning) display.terminal().print("warning: " + *begun.level_warning);
  if (begun.transfer) {
    for (const std::string& line : transfer_report(*begun.transfer, begun.from))
      display.terminal().print(line);
  }
  display.terminal().print(fmt::format(
      "{}: {} parameters, {} training images, {} validation images, {}{} threads",
      request.source.config.name, trainer.model().parameter_count(), trainer.train_size(),
      trainer.validation_size(), ranks_text(arguments.ranks()), pool.size()));
  if (begun.live) {
    display.terminal().print(
        fmt::format("the report of the run, while it trains: {}", begun.live->address()));
  }
  if (begun.events) {
    display.terminal().print("for TensorBoard: tensorboard --logdir " +
                             shell_argument(arguments.text("tensorboard")));
  }
  const TrainingProgress before = trainer.progress();
  const Trainer::Ending ending = begun.train(display, interrupt.flag());
  display.terminal().clear();
  std::string page;
  if (arguments.ranks().first()) {
    page = write_reports(arguments, trainer, before, folder, ending == Trainer::Ending::interrupted,
                         pool, display.terminal());
  }

  nlohmann::ordered_json result = training_json(trainer, folder, ending);
  if (!page.empty()) result["report"] = page;
  if (!begun.changes.empty()) result["changes"] = begun.changes;
  if (const auto& transfer = begun.transfer) {
    result["from"] = {
        {"taken", transfer->taken}, {"left", transfer->left}, {"ignored", transfer->ignored}};
  }
  if (arguments.has("json")) {
    fmt::print("{}\n", json_text(result));
  } else if (ending != Trainer::Ending::interrupted) {
    fmt::print("{}{}", training_text(trainer, folder, ending),
               page.empty() ? "" : fmt::format("report      {}\n", page));
  }
  if (ending == Trainer::Ending::interrupted) {
    display.terminal().print(fmt::format(
        "stopped in epoch {}, after batch {}; saved to {}\ngo on with: {}adjoint "
        "train {} --resume",
        trainer.progress().epoch + 1, trainer.progress().batch, folder.checkpoint().string(),
        launcher(arguments.ranks()), shell_argument(folder.checkpoint().string())));
    return kInterrupted;
  }
  return 0;
}

}  // namespace

Command train_command() {
  using Kind = Option::Kind;
  return {
      .name = "train",
      .summary = "train the model of a config",
      .usage =
          "CONFIG [--set key=value]... [--out RUN] [--resume] [--from CHECKPOINT] [--serve[=PORT]] "
          "[--tensorboard DIR]",
      .doc = "Trains the model that a config describes and keeps everything in one run folder.",
      .example = "adjoint train configs/quickstart.toml --set training.epochs=2",
      .positional = {"config"},
      .options =
          {{"config", "TOML file; or the folder or checkpoint of a run to continue", Kind::text},
           set_option("Override a key of the config"),
           out_option("Run folder (default: runs/NAME)", "", "RUN"),
           {"resume",
            "Continue from the run's checkpoint, to the same bits as without an interruption"},
           {"from",
            "Fine-tune: begin with the weights of this checkpoint that fit by layer name and shape",
            Kind::text, "CHECKPOINT"},
           {"overwrite", "Remove the run that the folder holds, and begin anew"},
           {"serve",
            fmt::format("Show the report of the run in a browser of this machine while it trains; "
                        "without a PORT, the first free one from {} on; 0: any",
                        kFirstPort),
            Kind::text, "PORT", "", kAnyPort},
           {"tensorboard",
            "Also write losses, metrics, pictures and the model's graph there for TensorBoard",
            Kind::text, "DIR"},
           {"no-report", "Write no report.html (see adjoint report)"},
           threads_option(),
           json_option()},
      .run = train,
      .on_several_ranks = true};
}

}  // namespace adjoint
