#include "inference/images/trained_model.hpp"

#include <algorithm>
#include <cmath>

#include "framework/storage/file_kind.hpp"
#include "framework/storage/find_checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "models/formats/model_format.hpp"

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

std::string foreign_config(const ForeignModel& foreign) {
  ModelConfig config;
  config.name = foreign.name;
  config.model = foreign.spec;
  config.data.source = Choice<SourceFamily>(*find_kind<SourceFamily>("images"));
  config.data.path = "images";
  return write_config(config);
}

Model TrainedModel::as_trained() const {
  Model trained = build_structure(spec, model.parameter_count());
  for (std::size_t p = 0; p < trained.parameters().size(); ++p)
    trained.parameters()[p].value = model.parameters()[p].value;
  return trained;
}

TrainedModel TrainedModel::load(const std::filesystem::path& path) {
  const std::string found = find_checkpoint(path).string();
  return is_foreign_model(found) ? load_foreign(found) : load_own(found);
}

/// A model that another program trained. What it says of images is what a config leaves out: pixels
/// in [0, 1].
TrainedModel TrainedModel::load_foreign(const std::string& path) {
  ForeignModel foreign = read_foreign_model(path);
  Model model = build_model(foreign, path);
  if (Model open = open_model(foreign.spec); open.input_shape() != model.input_shape()) {
    for (std::size_t p = 0; p < model.parameters().size(); ++p)
      open.parameters()[p].value = model.parameters()[p].value;
    model = std::move(open);
  }
  Checkpoint checkpoint;
  checkpoint.config = foreign_config(foreign);
  ModelConfig config;
  parse_config(checkpoint.config, path, {}, config, ConfigScope::part);
  return {.path = path,
          .name = std::move(config.name),
          .foreign = true,
          .data = std::move(config.data),
          .folder = std::filesystem::absolute(path).parent_path(),
          .model = std::move(model),
          .spec = std::move(config.model),
          .checkpoint = std::move(checkpoint)};
}

TrainedModel TrainedModel::load_own(const std::string& path) {
  // Opened once, so that everything in it belongs together.
  const Hdf5File file = Hdf5File::open_model(path);
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
          .spec = std::move(config.model),
          .checkpoint = std::move(checkpoint)};
}

}  // namespace adjoint
