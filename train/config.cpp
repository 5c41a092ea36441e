#include "train/config.hpp"

#include <bit>

#include "framework/metrics/metric.hpp"
#include "framework/tensor/error.hpp"
#include "inference/detection/hidden_cells.hpp"
#include "models/config/config_text.hpp"
#include "train/noisy_targets.hpp"

namespace adjoint {
namespace {

/// A folder below runs/, not one elsewhere.
Check<std::string> folder_name() {
  const auto holds = [](const std::string& name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
  };
  return {holds,
          "the name of a folder in runs/, without \"/\"; a run elsewhere is named with --out"};
}

Check<Index> power_of_two(Index most) {
  return {[most](Index value) {
            return value >= 1 && value <= most &&
                   std::has_single_bit(static_cast<std::uint64_t>(value));
          },
          fmt::format("a power of two from 1 to {}", most)};
}

}  // namespace

void TrainingSettings::keys(Keys& key) {
  std::vector<std::string> engines = engine_names();
  engines.insert(engines.begin(), "auto");
  key("epochs", epochs, "passes over the training data", at_least<Index>(1));
  key("batch_size", batch_size, "number of images in a batch", at_least<Index>(1));
  key("accumulate", accumulate, "gradient accumulation: batches in one step", at_least<Index>(1));
  key("shards", shards,
      "parts into which a batch is cut for threads and ranks (see docs/scale.md): at most as many "
      "ranks can train; the weights' last bits depend on it, and not on threads or ranks",
      power_of_two(Sharding::kMost));
  key("patience", patience,
      "early stopping: epochs without a better validation loss before training stops; 0: never",
      at_least<Index>(0));
  key("checkpoint_steps", checkpoint_steps,
      "save a checkpoint after so many steps, and after each epoch; 0: after epochs alone",
      at_least<Index>(0));
  key("keep_every", keep_every,
      "keep the checkpoint of every so many epochs in the run's folder epochs, for `adjoint "
      "inspect "
      "--epochs`; 0: of none",
      at_least<Index>(0));
  key("samples", samples, "images in each epoch's picture; 0: no pictures", at_least<Index>(0));
  key("metrics", metrics, "metrics of the validation images, beside the loss and PSNR",
      one_of(metric_names()));
  key("precision", precision,
      "number format of what convolutions multiply: bf16 is faster where the processor supports "
      "it, and less exact",
      one_of({"float32", "bf16"}));
  key("engine", engine,
      "engine that computes convolutions where it can; auto: chosen for each of them",
      one_of(engines));
  key("target", target.kind,
      "what the model learns to make of its input: the clean image, a second noisy version of it "
      "(noise2noise), or the noisy image at pixels that it does not see (noise2void)");
  if (target.kind == TargetKind::noise2void) {
    key.table("blind_spots", target.blind_spots,
              "pixels that Noise2Void hides from the model and counts in the loss");
  }
}

ConvolutionOptions convolution_options(const TrainingSettings& training) {
  return {.engine = training.engine == "auto" ? "" : training.engine,
          .precision = precision_of(training.precision)};
}

Sharding sharding_of(const TrainingSettings& training, Ranks& ranks) {
  if (ranks.size() > training.shards) {
    throw InputError(
        "training.shards = {} is less than the {} ranks: set training.shards = {} (it belongs to "
        "the result: the weights' last bits change with it), or start fewer ranks",
        training.shards, ranks.size(), std::bit_ceil(static_cast<unsigned>(ranks.size())));
  }
  return {.shards = training.shards, .ranks = &ranks};
}

void Config::keys(Keys& key) {
  key("name", name, "name of the run and of its folder in runs/",
      names_folder ? folder_name() : Check<std::string>());
  key("seed", seed, "seed of initial weights, shuffles, noise and all other random numbers",
      at_least<Index>(0));
  key.table("data", data, "training and validation images");
  key.table("augmentation", augmentation, "data augmentation of the training images");
  key.tables("corruption", corruptions, "corruption of the model's input; the target stays clean");
  key.table("model", model, "layers of the model");
  key.table("loss", loss, "loss function");
  key.table("optimizer", optimizer, "optimizer, learning rate and schedule");
  key.table("training", training, "epochs, batches, metrics and precision");
  key.table("detection", detection, "how `adjoint detect` scores and flags images");
  if (!detection.hidden_cells.empty() && !cell_mask(corruptions)) {
    key.reject(
        "detection",
        "hidden_cells needs a model that learns to fill hidden cells in; expected a "
        "[[corruption]] kind = \"mask\", shape = \"cells\", and there is none; add it, or leave "
        "hidden_cells out");
  }
  check_target(*this, key);
}

Config read_config_file(const std::filesystem::path& path,
                        const std::vector<std::string>& overrides) {
  Config config;
  config.name = path.stem().string();
  config.folder = std::filesystem::absolute(path).parent_path();
  config.names_folder = true;
  read_config(path.string(), overrides, config);
  return config;
}

Config config_of(const Checkpoint& checkpoint, const std::string& path,
                 const std::vector<std::string>& overrides) {
  Config config;
  config.folder = checkpoint.config_folder;
  parse_config(checkpoint.config, path + ":/adjoint/config", overrides, config);
  return config;
}

}  // namespace adjoint
