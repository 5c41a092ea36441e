#include "framework/storage/checkpoint.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr const char* kAdjoint = "adjoint";
constexpr const char* kWeights = "model_weights";
constexpr const char* kImages = "adjoint/images";
constexpr const char* kNotes = "adjoint/notes";

/// "kernel" of "enc1/kernel".
std::string short_name(const Parameter& parameter) {
  return parameter.name.substr(parameter.name.rfind('/') + 1);
}

/// Where Keras keeps a weight: "model_weights/dec1/dec1/kernel:0".
std::string weight_path(const std::string& layer, const std::string& weight) {
  return fmt::format("{}/{}/{}", kWeights, layer, weight);
}

/// Keras's name of a node's weight: "dec1/kernel:0", also if the kernel is another node's.
std::string weight_name(const Node& node, const Parameter& parameter) {
  return fmt::format("{}/{}:0", node.name, short_name(parameter));
}

void write_weights(Hdf5File& file, const Model& model) {
  std::vector<std::string> layer_names;
  std::map<Index, std::string> written;  // where a parameter was stored first
  file.make_group(kWeights);
  for (const Node& node : model.nodes()) {
    const std::string group = fmt::format("{}/{}", kWeights, node.name);
    file.make_group(group);
    layer_names.push_back(node.name);
    std::vector<std::string> weight_names;
    for (Index p : node.parameters) {
      const Parameter& parameter = model.parameters()[p];
      weight_names.push_back(weight_name(node, parameter));
      const std::string path = weight_path(node.name, weight_names.back());
      const auto [first, is_new] = written.emplace(p, path);
      if (is_new) {
        file.write(path, view(parameter.value));
      } else {
        file.make_group(group + "/" + node.name);
        file.hard_link(first->second, path);
      }
    }
    file.write_texts(group, "weight_names", weight_names);
  }
  file.write_texts(kWeights, "layer_names", layer_names);
  file.write_text(kWeights, "backend", "adjoint");
  file.write_text(kWeights, "keras_version", "2.12.0");
}

void write_progress(Hdf5File& file, const TrainingProgress& progress) {
  file.write_integer(kAdjoint, "epoch", progress.epoch);
  file.write_integer(kAdjoint, "batch", progress.batch);
  file.write_number(kAdjoint, "loss_sum", progress.loss_sum);
  file.write_number(kAdjoint, "psnr_sum", progress.psnr_sum);
  file.write_integer(kAdjoint, "samples", progress.samples);
  file.write_number(kAdjoint, "seconds", progress.seconds);
  file.write_integer(kAdjoint, "best_epoch", progress.best_epoch);
  file.write_number(kAdjoint, "best_loss", progress.best_loss);
}

/// A number of epochs, batches, ...
Index read_count(const Hdf5File& file, const std::string& object, const std::string& name) {
  const Index count = file.read_integer(object, name);
  if (count >= 0) return count;
  throw InputError(
      "{}: attribute '{}' of '/{}' is {}; the file is damaged, take another copy of it",
      file.path(), name, object, count);
}

TrainingProgress read_progress(const Hdf5File& file) {
  const Index samples = read_count(file, kAdjoint, "samples");
  // Older files have none: what their epoch under way has trained is not known.
  const double no_psnr = samples == 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
  return {.epoch = read_count(file, kAdjoint, "epoch"),
          .batch = read_count(file, kAdjoint, "batch"),
          .loss_sum = file.read_number(kAdjoint, "loss_sum"),
          .psnr_sum = file.has_attribute(kAdjoint, "psnr_sum")
                          ? file.read_number(kAdjoint, "psnr_sum")
                          : no_psnr,
          .samples = samples,
          .seconds = file.read_number(kAdjoint, "seconds"),
          .best_epoch = read_count(file, kAdjoint, "best_epoch"),
          .best_loss = file.read_number(kAdjoint, "best_loss")};
}

void write_history(Hdf5File& file, const History& history) {
  file.make_group("adjoint/history");
  file.write_texts("adjoint/history", "columns", history.columns);
  if (history.rows.empty()) return;
  for (std::size_t c = 0; c < history.columns.size(); ++c) {
    std::vector<double> column;
    for (const std::vector<double>& row : history.rows) column.push_back(row[c]);
    file.write("adjoint/history/" + history.columns[c], column);
  }
}

History read_history(const Hdf5File& file) {
  History history{.columns = file.read_texts("adjoint/history", "columns")};
  for (std::size_t c = 0; c < history.columns.size(); ++c) {
    const std::string path = "adjoint/history/" + history.columns[c];
    if (!file.exists(path)) continue;
    const std::vector<double> column = file.read_doubles(path);
    history.rows.resize(column.size(), std::vector<double>(history.columns.size()));
    for (std::size_t r = 0; r < column.size(); ++r) history.rows[r][c] = column[r];
  }
  return history;
}

void write_images(Hdf5File& file, const ImageRecord& images) {
  if (images.trained_on.empty() && images.held_out.empty()) return;
  file.make_group(kImages);
  file.write_text(kImages, "folder", images.folder);
  file.write_texts(kImages, "trained_on", images.trained_on);
  file.write_texts(kImages, "held_out", images.held_out);
}

ImageRecord read_images(const Hdf5File& file) {
  if (!file.exists(kImages)) return {};
  return {.folder = file.read_text(kImages, "folder"),
          .trained_on = file.read_texts(kImages, "trained_on"),
          .held_out = file.read_texts(kImages, "held_out")};
}

/// Earlier versions kept one note.
std::map<std::string, std::string> read_notes(const Hdf5File& file) {
  constexpr const char* kDetection = "detection";
  if (!file.exists(kNotes) || !file.has_attribute(kNotes, kDetection)) return {};
  return {{kDetection, file.read_text(kNotes, kDetection)}};
}

/// Calls visit("enc1/kernel") for everything that lies as <group>/<layer>/<parameter>.
template <class Visit>
void for_each_stored(const Hdf5File& file, const std::string& group, Visit visit) {
  if (!file.exists(group)) return;
  for (const std::string& layer : file.list(group)) {
    for (const std::string& parameter : file.list(group + "/" + layer)) {
      visit(layer + "/" + parameter);
    }
  }
}

}  // namespace

std::map<std::string, Tensor> copy_weights(const Model& model) {
  std::map<std::string, Tensor> weights;
  for (const Parameter& parameter : model.parameters()) weights[parameter.name] = parameter.value;
  return weights;
}

void save_checkpoint(const std::string& path, const Model& model, const Checkpoint& checkpoint) {
  write_atomically(path, [&](Hdf5File& file) {
    if (!checkpoint.keras_config.empty()) {
      file.write_text("/", "model_config", checkpoint.keras_config);
    }
    file.write_text("/", "backend", "adjoint");
    file.write_text("/", "keras_version", "2.12.0");  // the layout that this file follows
    write_weights(file, model);

    file.make_group(kAdjoint);
    file.write_integer(kAdjoint, "schema_version", Checkpoint::kSchemaVersion);
    file.write_text(kAdjoint, "config", checkpoint.config);
    file.write_text(kAdjoint, "config_folder", checkpoint.config_folder);
    write_progress(file, checkpoint.progress);
    write_history(file, checkpoint.history);
    for (const auto& [name, tensor] : checkpoint.initial_weights) {
      file.write("adjoint/initial_weights/" + name, view(tensor));
    }
    for (const auto& [name, values] : checkpoint.learned) {
      file.write("adjoint/learned/" + name, values);
    }
    write_images(file, checkpoint.images);
    file.make_group("adjoint/optimizer");
    file.write_integer("adjoint/optimizer", "step", checkpoint.optimizer.step);
    for (const auto& [name, slots] : checkpoint.optimizer.slots) {
      for (const auto& [slot, tensor] : slots) {
        file.write(fmt::format("adjoint/optimizer/{}/{}", name, slot), view(tensor));
      }
    }
    for (const auto& [name, tensor] : checkpoint.optimizer.averages) {
      file.write("adjoint/ema/" + name, view(tensor));
    }
  });
}

Checkpoint load_checkpoint(const std::string& path) {
  return load_checkpoint(Hdf5File::open(path));
}

Checkpoint load_checkpoint(const Hdf5File& file) {
  const std::string& path = file.path();
  if (!file.exists(kAdjoint)) {
    throw InputError("{}: not a checkpoint of Adjoint: it has no group /adjoint", path);
  }
  const std::int64_t version = file.read_integer(kAdjoint, "schema_version");
  if (version != Checkpoint::kSchemaVersion) {
    throw InputError(
        "{}: checkpoint schema version {}, and this program knows version {}; use the version of "
        "Adjoint that wrote it, or a newer one",
        path, version, Checkpoint::kSchemaVersion);
  }
  Checkpoint checkpoint{
      .config = file.read_text(kAdjoint, "config"),
      .config_folder = file.read_text(kAdjoint, "config_folder"),
      .keras_config =
          file.has_attribute("/", "model_config") ? file.read_text("/", "model_config") : "",
      .progress = read_progress(file),
      .history = read_history(file),
      .images = read_images(file),
      .notes = read_notes(file),
  };
  for_each_stored(file, "adjoint/initial_weights", [&](const std::string& name) {
    checkpoint.initial_weights[name] = file.read("adjoint/initial_weights/" + name);
  });
  for_each_stored(file, "adjoint/learned", [&](const std::string& name) {
    checkpoint.learned[name] = file.read_doubles("adjoint/learned/" + name);
  });
  checkpoint.optimizer.step = read_count(file, "adjoint/optimizer", "step");
  for_each_stored(file, "adjoint/optimizer", [&](const std::string& name) {
    const std::string group = "adjoint/optimizer/" + name;
    for (const std::string& slot : file.list(group)) {
      checkpoint.optimizer.slots[name][slot] = file.read(group + "/" + slot);
    }
  });
  for_each_stored(file, "adjoint/ema", [&](const std::string& name) {
    checkpoint.optimizer.averages[name] = file.read("adjoint/ema/" + name);
  });
  return checkpoint;
}

namespace {

/// Matches the weights of a file with those of a model, by name.
struct Match {
  std::vector<std::pair<Index, Tensor>> fitting;
  std::vector<std::string> taken;
  // Differences, as a message puts them, by the name of the weight.
  struct Misfit {
    std::string weight;
    std::string problem;
  };
  std::vector<Misfit> left;     // of the model
  std::vector<Misfit> ignored;  // of the file
};

Match match_weights(const Hdf5File& file, const Model& model) {
  Match match;
  std::set<std::string> expected;
  for (const Node& node : model.nodes()) {
    for (Index p : node.parameters) {
      const Parameter& parameter = model.parameters()[p];
      const std::string name = weight_name(node, parameter);
      const std::string dataset = weight_path(node.name, name);
      expected.insert(name);
      if (!file.exists(dataset)) {
        match.left.push_back({name, fmt::format("missing: {}", name)});
        continue;
      }
      Tensor value = file.read(dataset);
      if (!(shape_of(value) == shape_of(parameter.value))) {
        match.left.push_back(
            {name, fmt::format("wrong shape: {} is {}, the model has {}", name,
                               to_string(shape_of(value)), to_string(shape_of(parameter.value)))});
        continue;
      }
      match.fitting.emplace_back(p, std::move(value));
      match.taken.push_back(name);
    }
  }
  for (const std::string& layer : file.list(kWeights)) {
    const std::string group = fmt::format("{}/{}", kWeights, layer);
    if (!file.is_group(group) || !file.has_attribute(group, "weight_names")) continue;
    for (const std::string& name : file.read_texts(group, "weight_names")) {
      if (!expected.contains(name)) {
        match.ignored.push_back({name, fmt::format("not in the model: {}", name)});
      }
    }
  }
  return match;
}

void copy_into(Model& model, const Match& match) {
  for (const auto& [p, value] : match.fitting) {
    std::ranges::copy(view(value).flat(), model.parameters()[p].value.data());
  }
}

std::vector<std::string> weights_of(const std::vector<Match::Misfit>& misfits) {
  std::vector<std::string> names;
  for (const Match::Misfit& misfit : misfits) names.push_back(misfit.weight);
  return names;
}

}  // namespace

void load_weights(const std::string& path, Model& model) {
  load_weights(Hdf5File::open(path), model);
}

void load_weights(const Hdf5File& file, Model& model) {
  const Match match = match_weights(file, model);
  std::vector<std::string> problems;
  for (const Match::Misfit& misfit : match.left) problems.push_back(misfit.problem);
  for (const Match::Misfit& misfit : match.ignored) problems.push_back(misfit.problem);
  if (!problems.empty()) {
    throw InputError("{}: the weights do not fit the model:\n  {}", file.path(),
                     fmt::join(problems, "\n  "));
  }
  copy_into(model, match);
}

WeightTransfer transfer_weights(const std::string& path, Model& model) {
  const Hdf5File file = Hdf5File::open(path);
  Match match = match_weights(file, model);
  if (match.taken.empty()) {
    throw InputError(
        "{}: none of its weights fits the model by name and shape; it has {}, the model has {}",
        path, fmt::join(weights_of(match.ignored), ", "), fmt::join(weights_of(match.left), ", "));
  }
  for (auto& [p, value] : match.fitting) {
    const std::string average = "adjoint/ema/" + model.parameters()[p].name;
    if (!file.exists(average)) continue;
    Tensor averaged = file.read(average);
    if (!(shape_of(averaged) == shape_of(value))) {
      throw InputError(
          "{}: the moving average /{} is {}, expected {} as its weight; the file is "
          "damaged, take another copy of it",
          path, average, to_string(shape_of(averaged)), to_string(shape_of(value)));
    }
    value = std::move(averaged);
  }
  copy_into(model, match);
  return {
      .taken = match.taken, .left = weights_of(match.left), .ignored = weights_of(match.ignored)};
}

}  // namespace adjoint
