#include "train/tensorboard/tensorboard_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "datasets/folder.hpp"
#include "datasets/formats/file_bytes.hpp"
#include "framework/tensor/error.hpp"
#include "train/run_samples.hpp"

namespace adjoint {
namespace {

constexpr std::string_view kValidation = "validation_";

/// Whether a column of the history is a result: how the time was spent is none.
bool is_result(std::string_view column) {
  return column != "epoch" && column != "seconds" && column != "loader_wait" &&
         !column.starts_with("communication_");
}

}  // namespace

TensorBoardLog::TensorBoardLog(const Trainer& trainer, RunFolder run, std::filesystem::path folder)
    : trainer_(trainer), run_(std::move(run)), folder_(std::move(folder)) {}

void TensorBoardLog::begin(const std::string& option) {
  const Index next = trainer_.progress().epoch + 1;
  try {
    training_ = std::make_unique<EventFile>(folder_ / "train", next);
    if (trainer_.validation_size() > 0)
      validation_ = std::make_unique<EventFile>(folder_ / "validation", next);
    training_->add_graph(graph());
  } catch (const RunError& error) {
    throw InputError("{} {}: {}; name another folder", option, folder_.string(), error.what());
  }
}

void TensorBoardLog::on_epoch_saved(const EpochReport& report) {
  EventSummary training, validation;
  const History& history = trainer_.history();
  for (std::size_t c = 0; c < history.columns.size(); ++c) {
    const std::string& column = history.columns[c];
    const double value = history.rows.back()[c];
    if (!is_result(column)) continue;
    if (column.starts_with(kValidation)) {
      validation.scalars.emplace_back(column.substr(kValidation.size()), value);
    } else {
      (column == "input_psnr" ? validation : training).scalars.emplace_back(column, value);
    }
  }
  training_->add(report.epoch, training);
  if (validation_) validation_->add(report.epoch, validation);
  const std::filesystem::path picture = run_.picture(report.epoch);
  if (!is_there(picture)) return;
  const Bytes png = read_bytes(picture);
  EventSummary::Image image{
      .tag = "samples",
      .description =
          fmt::format("A row for each image: {}.",
                      fmt::join(picture_columns(RunSummary{.config = trainer_.config()}), ", ")),
      .png = std::string(png.begin(), png.end())};
  (validation_ ? validation_ : training_)->add(report.epoch, {.images = {std::move(image)}});
}

std::vector<EventGraphNode> TensorBoardLog::graph() const {
  const Model& model = trainer_.model();
  const std::vector<Shape> shapes = model.infer(trainer_.input_shape());
  const auto name = [&](Index node) { return model.nodes()[static_cast<std::size_t>(node)].name; };
  std::vector<EventGraphNode> nodes;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Node& node = model.nodes()[i];
    EventGraphNode one{.name = node.name,
                       .type = node.layer ? std::string(node.layer->type()) : "Input",
                       .output = shapes[i]};
    for (const Index input : node.inputs) one.inputs.push_back(name(input));
    const auto add = [&](const char* what, const std::string& value) {
      one.attributes.emplace_back(what, value);
    };
    if (node.activation.kind != Activation::Kind::linear)
      add("activation", std::string(name_of(node.activation.kind)));
    if (node.tied_to >= 0) add("tied_to", name(node.tied_to));
    if (node.shared_with >= 0) add("shared_with", name(node.shared_with));
    if (static_cast<Index>(i) == model.latent()) add("latent", "true");
    Index parameters = 0;
    for (const Index place : node.parameters)
      parameters +=
          static_cast<Index>(model.parameters()[static_cast<std::size_t>(place)].value.size());
    if (parameters > 0) add("parameters", fmt::to_string(parameters));
    nodes.push_back(std::move(one));
  }
  return nodes;
}

}  // namespace adjoint
