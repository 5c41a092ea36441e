#include "train/config.hpp"

#include "framework/metrics/metric.hpp"
#include "models/config/config_text.hpp"

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

}  // namespace

void TrainingSettings::keys(Keys& key) {
  std::vector<std::string> engines = engine_names();
  engines.insert(engines.begin(), "auto");
  key("epochs", epochs, "passes over the training data", at_least<Index>(1));
  key("batch_size", batch_size, "images that are taken through the model at once",
      at_least<Index>(1));
  key("accumulate", accumulate, "batches whose mean gradient makes one step", at_least<Index>(1));
  key("patience", patience, "stop after so many epochs without a better validation loss; 0: never",
      at_least<Index>(0));
  key("checkpoint_steps", checkpoint_steps,
      "save after so many steps, beside every epoch's end; 0: at the end of epochs alone",
      at_least<Index>(0));
  key("samples", samples, "images in each epoch's picture; 0: no pictures", at_least<Index>(0));
  key("metrics", metrics, "figures of the validation images, beside the loss and PSNR",
      one_of(metric_names()));
  key("precision", precision,
      "numbers that convolutions multiply: bf16 is faster where the processor has it, and less "
      "exact",
      one_of({"float32", "bf16"}));
  key("engine", engine, "who computes convolutions where it can; auto: the fastest for each",
      one_of(engines));
}

ConvolutionOptions convolution_options(const TrainingSettings& training) {
  return {.engine = training.engine == "auto" ? "" : training.engine,
          .precision = precision_of(training.precision)};
}

void Config::keys(Keys& key) {
  key("name", name, "names the run's folder", names_folder ? folder_name() : Check<std::string>());
  key("seed", seed, "decides weights, shuffles, noise and everything else that is random",
      at_least<Index>(0));
  key.table("data", data, "where the images come from");
  key.table("augmentation", augmentation, "how training images are varied");
  key.tables("corruption", corruptions, "what the model sees; the target stays clean");
  key.table("model", model, "the layers");
  key.table("loss", loss, "what training makes small");
  key.table("optimizer", optimizer, "how gradients become steps");
  key.table("training", training, "how long, in what batches");
  key.table("detection", detection, "how `adjoint detect` tells defective images from others");
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
