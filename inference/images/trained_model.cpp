#include "inference/images/trained_model.hpp"

#include <algorithm>
#include <cmath>

#include "framework/storage/find_checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {
namespace {

/// The tables of a config that matter after training.
struct ModelConfig {
  std::string name;
  Index seed = 0;
  DataSpec data;
  std::vector<CorruptionSpec> corruptions;
  ModelSpec model;

  void keys(Keys& key) {
    key("name", name, "");
    key("seed", seed, "");
    key.table("data", data, "");
    key.tables("corruption", corruptions, "");
    key.table("model", model, "");
  }
};

/// The model of a spec, with height and width left open if its layers allow that.
Model open_model(ModelSpec spec) {
  const ModelSpec as_trained = spec;
  if (spec.input.rank() == 3) {
    spec.input[0] = spec.input[1] = 0;
    try {
      return build_model(spec, 0);
    } catch (const InputError&) {
      // A Dense layer, say, fixes the size.
    }
  }
  return build_model(as_trained, 0);
}

/// Throws InputError naming the first parameter that holds a number that is not finite.
void check_finite(const Model& model, const std::string& checkpoint) {
  for (const Parameter& parameter : model.parameters()) {
    const auto bad =
        std::ranges::count_if(parameter.value, [](Real value) { return !std::isfinite(value); });
    if (bad == 0) continue;
    throw InputError(
        "{}: {} of the {} numbers of \"{}\" are not finite, and so would be all results; take an "
        "earlier checkpoint, or train again with a lower optimizer.learning_rate",
        checkpoint, bad, parameter.value.size(), parameter.name);
  }
}

}  // namespace

TrainedModel TrainedModel::load(const std::filesystem::path& path) {
  // Opened once, so that everything in it belongs together.
  const Hdf5File file = Hdf5File::open(find_checkpoint(path).string());
  Checkpoint checkpoint = load_checkpoint(file);
  ModelConfig config;
  parse_config(checkpoint.config, file.path() + ":/adjoint/config", {}, config, ConfigScope::part);
  Model model = open_model(config.model);
  load_weights(file, model);
  put_averages(checkpoint.optimizer, model);
  check_finite(model, file.path());
  Normalization normalization(config.data.normalization, checkpoint.learned);
  return {.path = file.path(),
          .name = std::move(config.name),
          .seed = config.seed,
          .data = std::move(config.data),
          .folder = checkpoint.config_folder,
          .corruptions = std::move(config.corruptions),
          .normalization = std::move(normalization),
          .model = std::move(model),
          .checkpoint = std::move(checkpoint)};
}

}  // namespace adjoint
