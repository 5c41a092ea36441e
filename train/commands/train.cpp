#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>

#include "train/begin_run.hpp"
#include "train/commands/commands.hpp"
#include "train/program/interrupt.hpp"
#include "train/program/json_text.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/progress_display.hpp"
#include "train/program/shared_options.hpp"
#include "train/training_report.hpp"

namespace adjoint {
namespace {

/// A path as a shell takes it.
std::string quoted(const std::string& path) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::strchr("/._-+,:@%=", c);
  };
  if (std::ranges::all_of(path, plain)) return path;
  std::string text = "'";
  for (char c : path) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string ranks_text(const Ranks& ranks) {
  return ranks.several() ? fmt::format("{} ranks of ", ranks.size()) : "";
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
                           .from = arguments.text_if_given("from")};
  const BegunRun begun = begin_run(request, pool, arguments.ranks());
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
  const Trainer::Ending ending = trainer.run(display, interrupt.flag());
  display.terminal().clear();

  nlohmann::ordered_json result = training_json(trainer, folder, ending);
  if (!begun.changes.empty()) result["changes"] = begun.changes;
  if (const auto& transfer = begun.transfer) {
    result["from"] = {
        {"taken", transfer->taken}, {"left", transfer->left}, {"ignored", transfer->ignored}};
  }
  if (arguments.has("json")) {
    fmt::print("{}\n", json_text(result));
  } else if (ending != Trainer::Ending::interrupted) {
    fmt::print("{}", training_text(trainer, folder, ending));
  }
  if (ending == Trainer::Ending::interrupted) {
    display.terminal().print(fmt::format(
        "stopped in epoch {}, after batch {}; saved to {}\ngo on with: {}adjoint "
        "train {} --resume",
        trainer.progress().epoch + 1, trainer.progress().batch, folder.checkpoint().string(),
        arguments.ranks().several() ? fmt::format("mpirun -n {} ", arguments.ranks().size()) : "",
        quoted(folder.checkpoint().string())));
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
      .usage = "CONFIG [--set key=value]... [--out RUN] [--resume] [--from CHECKPOINT]",
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
           threads_option(),
           json_option()},
      .run = train,
      .on_several_ranks = true};
}

}  // namespace adjoint
