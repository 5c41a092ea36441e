#include "train/import_model.hpp"

#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/trained_model.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "models/keras/keras_config.hpp"
#include "train/config.hpp"

namespace adjoint {

ImportResult import_model(const ImportRequest& request, const RunFolder& folder) {
  if (folder.holds_run()) {
    throw InputError("{} already holds a run; name another folder with -o", folder.path().string());
  }
  Config config;
  std::optional<Model> model;
  std::vector<std::string> notes;
  if (request.config) {
    config = read_config_file(*request.config, request.overrides);
    model = build_model(config.model, static_cast<std::uint64_t>(config.seed));
    put_foreign_weights(request.file, *model, request.by);
  } else {
    if (request.by) {
      throw InputError("--by says how weights find the layers of a config; name one with --config");
    }
    ForeignModel foreign = read_foreign_model(request.file);
    config.folder = std::filesystem::absolute(folder.path());
    parse_config(foreign_config(foreign), request.file, request.overrides, config);
    foreign.spec = config.model;  // overrides may have named its latent layer
    model = build_model(foreign, request.file);
    notes = std::move(foreign.notes);
  }

  Checkpoint checkpoint;
  checkpoint.config = write_config(config);
  checkpoint.config_folder = config.folder.string();
  checkpoint.keras_config = keras_config(*model, config.name).value_or("");
  checkpoint.initial_weights = copy_weights(*model);
  const auto claim = folder.claim();
  write_text_file(folder.config(), checkpoint.config);
  save_checkpoint(folder.checkpoint().string(), *model, checkpoint);
  return {.name = config.name,
          .layers = model->output(),
          .parameters = model->parameter_count(),
          .notes = std::move(notes)};
}

}  // namespace adjoint
