#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <nlohmann/json.hpp>

#include "datasets/data_files.hpp"
#include "datasets/folder.hpp"
#include "datasets/level_check.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/file_guard.hpp"
#include "models/config/config_text.hpp"
#include "train/commands/commands.hpp"
#include "train/program/interrupt.hpp"
#include "train/program/json_text.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/progress_display.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

constexpr int kInterrupted = 130;  // what a shell reports for Ctrl-C

struct Source {
  Config config;
  std::filesystem::path default_folder;
  std::optional<std::filesystem::path> checkpoint = {};  // if it is one
};

/// CONFIG is a TOML file; or a checkpoint, or the folder of one, that is to go on by itself.
Source read_source(const std::string& path, const std::vector<std::string>& overrides) {
  if (std::filesystem::is_directory(path) || std::filesystem::path(path).extension() == ".h5") {
    const std::filesystem::path file = find_checkpoint(path, Saved::last);
    const std::filesystem::path folder = file.parent_path();
    const Checkpoint checkpoint = load_checkpoint(file.string());
    return {config_of(checkpoint, file.string(), overrides), folder.empty() ? "." : folder, file};
  }
  Config config = read_config_file(path, overrides);
  std::filesystem::path folder = std::filesystem::path("runs") / config.name;
  return {std::move(config), std::move(folder)};
}

/// The checkpoint from which `--resume` goes on: the one that is named, else the run folder's.
std::filesystem::path resumed_checkpoint(const Source& source, const RunFolder& folder,
                                         bool overwrite) {
  const std::filesystem::path own = folder.checkpoint();
  if (!source.checkpoint) return own;
  const std::filesystem::path& named = *source.checkpoint;
  if (named.lexically_normal() == own.lexically_normal()) return own;
  if (!overwrite && is_there(own) && !std::filesystem::equivalent(named, own)) {
    throw InputError(
        "{} already holds a run; to go on from {} there and lose what came later, add --overwrite, "
        "or name another folder with --out",
        folder.path().string(), named.string());
  }
  return named;
}

/// Refuses a run whose files would replace what it is made of.
void check_outputs(const Config& config, const std::string& path, const RunFolder& folder) {
  FileGuard guard;
  // The config in a run's folder is that run's own.
  if (!folder.is_run()) guard.reads(path);
  guard.reads(data_files(config.data, config.folder));
  for (const auto& file :
       {folder.config(), folder.checkpoint(), folder.best(), folder.history(), folder.metrics()})
    guard.writes(file);
  guard.check();
}

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

nlohmann::ordered_json summary(const Trainer& trainer, const RunFolder& folder,
                               Trainer::Ending ending) {
  nlohmann::ordered_json result;
  result["ending"] = ending == Trainer::Ending::finished        ? "finished"
                     : ending == Trainer::Ending::stopped_early ? "stopped early"
                                                                : "interrupted";
  result["epochs"] = trainer.progress().epoch;
  const History& history = trainer.history();
  if (!history.rows.empty()) {
    for (std::size_t c = 1; c < history.columns.size(); ++c) {
      result[history.columns[c]] = history.rows.back()[c];
    }
    result["best_epoch"] = trainer.progress().best_epoch;
    result["best"] = folder.best().string();
    const std::filesystem::path picture = folder.picture(trainer.progress().epoch);
    if (is_there(picture)) result["picture"] = picture.string();
  }
  result["checkpoint"] = folder.checkpoint().string();
  for (const TrainingWarning& warning : trainer.warnings())
    result["warnings"].push_back(warning.text);
  return result;
}

/// Says what a fine-tuning begins with.
void report(const WeightTransfer& transfer, const std::string& from, Terminal& terminal) {
  terminal.print(fmt::format("from {}: {} weights taken: {}", from, transfer.taken.size(),
                             fmt::join(transfer.taken, ", ")));
  if (!transfer.left.empty()) {
    terminal.print(
        fmt::format("initialized anew, because the checkpoint does not have them in this shape: {}",
                    fmt::join(transfer.left, ", ")));
  }
  if (!transfer.ignored.empty()) {
    terminal.print(fmt::format("not used: {}", fmt::join(transfer.ignored, ", ")));
  }
}

int train(const Arguments& arguments) {
  const std::string config = arguments.text("config");
  Source source = read_source(config, arguments.texts_if_given("set"));
  const RunFolder folder(arguments.has("out") ? std::filesystem::path(arguments.text("out"))
                                              : source.default_folder);
  const bool resume = arguments.has("resume");
  const bool overwrite = arguments.has("overwrite");
  if (resume && arguments.has("from")) {
    throw InputError(
        "--resume and --from exclude each other: --resume goes on with a run, --from begins "
        "another "
        "one with its weights");
  }
  const auto refuse_run = [&] {
    if (!resume && !overwrite && folder.holds_run()) {
      throw InputError(
          "{} already holds a run; go on with --resume, begin anew with --overwrite, or name "
          "another folder with --out",
          folder.path().string());
    }
  };
  refuse_run();

  if (!resume) check_outputs(source.config, source.checkpoint.value_or(config).string(), folder);

  ProgramThreads pool(arguments.threads());
  Trainer trainer(source.config, folder, pool);
  const std::filesystem::path resumed = resume ? resumed_checkpoint(source, folder, overwrite) : "";
  // Nothing is touched unless the training can begin, and nothing without the claim.
  std::shared_ptr<const RunLock> claim;
  if (!resume || is_there(resumed)) claim = folder.claim();
  refuse_run();  // another process may have ended one meanwhile
  const InterruptGuard interrupt;
  ProgressDisplay display;
  std::vector<std::string> changes;
  if (resume) changes = trainer.resume(resumed);
  for (const std::string& change : changes) display.terminal().print(change);
  if (const auto warning = level_warning(trainer.train_data(), "--set data.white={}"))
    display.terminal().print("warning: " + *warning);
  std::optional<WeightTransfer> transfer;
  if (arguments.has("from")) {
    const std::string from = find_checkpoint(arguments.text("from")).string();
    if (folder.owns(from)) {
      throw InputError(
          "--from {}: this is a file of the run that --overwrite removes; copy it to another "
          "folder, or name another one with --out",
          from);
    }
    transfer = trainer.begin_from(from);
    report(*transfer, from, display.terminal());
  }
  display.terminal().print(
      fmt::format("{}: {} parameters, {} training images, {} validation images, {} threads",
                  source.config.name, trainer.model().parameter_count(), trainer.train_size(),
                  trainer.validation_size(), pool.size()));
  const Trainer::Ending ending = trainer.run(display, interrupt.flag());
  display.terminal().clear();

  nlohmann::ordered_json result = summary(trainer, folder, ending);
  if (!changes.empty()) result["changes"] = changes;
  if (transfer) {
    result["from"] = {
        {"taken", transfer->taken}, {"left", transfer->left}, {"ignored", transfer->ignored}};
  }
  if (arguments.has("json")) {
    fmt::print("{}\n", json_text(result));
  } else if (ending != Trainer::Ending::interrupted) {
    if (ending == Trainer::Ending::stopped_early) {
      fmt::print("stopped early: no better loss since epoch {}\n", trainer.progress().best_epoch);
    }
    fmt::print("checkpoint  {}\nbest        {}\n", folder.checkpoint().string(),
               folder.best().string());
    if (result.contains("picture")) {
      fmt::print("picture     {}\n", result["picture"].get<std::string>());
    }
    for (const TrainingWarning& warning : trainer.warnings())
      fmt::print("warning     {}\n", warning.text);
  }
  if (ending == Trainer::Ending::interrupted) {
    display.terminal().print(
        fmt::format("stopped in epoch {}, after batch {}; saved to {}\ngo on with: adjoint "
                    "train {} --resume",
                    trainer.progress().epoch + 1, trainer.progress().batch,
                    folder.checkpoint().string(), quoted(folder.checkpoint().string())));
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
      .run = train};
}

}  // namespace adjoint
