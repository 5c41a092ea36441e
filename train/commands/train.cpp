#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/tensor/error.hpp"
#include "train/command_line.hpp"
#include "train/commands/commands.hpp"
#include "train/interrupt.hpp"
#include "train/progress_display.hpp"

namespace adjoint {
namespace {

constexpr int kInterrupted = 130;  // what a shell reports for Ctrl-C

struct Source {
  Config config;
  std::filesystem::path default_folder;
};

/// CONFIG is a TOML file, or a checkpoint that is to go on by itself.
Source read_source(const std::string& path, const std::vector<std::string>& overrides) {
  if (std::filesystem::path(path).extension() == ".h5") {
    const Checkpoint checkpoint = load_checkpoint(path);
    return {parse_checkpoint_config(checkpoint.config, checkpoint.config_folder, path, overrides),
            std::filesystem::absolute(path).parent_path()};
  }
  Config config = read_config_file(path, overrides);
  std::filesystem::path folder = std::filesystem::path("runs") / config.name;
  return {std::move(config), std::move(folder)};
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
    result["picture"] = folder.picture(trainer.progress().epoch).string();
  }
  result["checkpoint"] = folder.checkpoint().string();
  return result;
}

}  // namespace

int run_train(int argc, char** argv) {
  CommandLine line("train CONFIG [--set key=value]... [--out RUN] [--resume] [--threads N]",
                   "Trains a model as a config says and keeps everything in one run folder.",
                   "adjoint train configs/quickstart.toml --set training.epochs=2");
  line.options()("config", "TOML file, or a checkpoint to go on from",
                 cxxopts::value<std::string>())("s,set", "Override a key of the config",
                                                cxxopts::value<std::vector<std::string>>(),
                                                "KEY=VALUE")(
      "o,out", "Run folder (default: runs/NAME)", cxxopts::value<std::string>(), "RUN")(
      "resume", "Go on from the run's checkpoint, to the same bits as if it had never stopped")(
      "overwrite", "Begin anew in a folder that holds a run")(
      "threads", "Threads; 0: one for each processor", cxxopts::value<int>()->default_value("0"),
      "N")("json", "Print the result as JSON");
  line.positional({"config"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;

  std::vector<std::string> overrides;
  if (arguments->count("set") > 0) overrides = (*arguments)["set"].as<std::vector<std::string>>();

  Source source = read_source(line.required(*arguments, "config"), overrides);
  const RunFolder folder(arguments->count("out") > 0
                             ? std::filesystem::path((*arguments)["out"].as<std::string>())
                             : source.default_folder);
  const bool resume = arguments->count("resume") > 0;
  if (!resume && arguments->count("overwrite") == 0 &&
      std::filesystem::exists(folder.checkpoint())) {
    throw InputError(
        "{} already holds a run; go on with --resume, begin anew with --overwrite, or name another "
        "folder with --out",
        folder.path().string());
  }

  ThreadPool pool((*arguments)["threads"].as<int>());
  Trainer trainer(source.config, folder, pool);
  if (resume) trainer.resume();

  ProgressDisplay display;
  display.terminal().print(
      fmt::format("{}: {} parameters, {} training images, {} validation images, {} threads",
                  source.config.name, trainer.model().parameter_count(), trainer.train_size(),
                  trainer.validation_size(), pool.size()));
  const InterruptGuard interrupt;
  const Trainer::Ending ending = trainer.run(display, interrupt.flag());
  display.terminal().clear();

  const nlohmann::ordered_json result = summary(trainer, folder, ending);
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", result.dump(2));
  } else if (ending != Trainer::Ending::interrupted) {
    if (ending == Trainer::Ending::stopped_early) {
      fmt::print("stopped early: no better loss since epoch {}\n", trainer.progress().best_epoch);
    }
    fmt::print("checkpoint  {}\nbest        {}\npicture     {}\n", folder.checkpoint().string(),
               folder.best().string(), folder.picture(trainer.progress().epoch).string());
  }
  if (ending == Trainer::Ending::interrupted) {
    display.terminal().print(
        fmt::format("stopped in epoch {}, after batch {}; saved to {}\ngo on with: adjoint "
                    "train {} --resume",
                    trainer.progress().epoch + 1, trainer.progress().batch,
                    folder.checkpoint().string(), folder.checkpoint().string()));
    return kInterrupted;
  }
  return 0;
}

}  // namespace adjoint
