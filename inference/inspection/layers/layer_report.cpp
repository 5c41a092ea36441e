#include "inference/inspection/layers/layer_report.hpp"

#include "framework/layers/activation.hpp"
#include "framework/tensor/error.hpp"
#include "inference/inspection/kernels/symmetric_pairs.hpp"

namespace adjoint {
namespace {

constexpr Index kTypicalExtent = 64;
constexpr Index kLargestTried = 256;

LayerRow::Part part_of(const Model& model, Index node) {
  if (model.latent() < 0) return LayerRow::Part::none;
  if (node == model.latent()) return LayerRow::Part::latent;
  return node < model.latent() ? LayerRow::Part::encoder : LayerRow::Part::decoder;
}

/// Whether a node is the one that brought a parameter into the model.
bool owns(const Model& model, const Node& node, Index parameter) {
  return model.parameters()[parameter].name.starts_with(node.name + "/");
}

LayerRow row_of(const Model& model, Index position, const std::vector<Shape>& shapes) {
  const Node& node = model.nodes()[position];
  const Shape& output = shapes[position];
  LayerRow row{.name = node.name,
               .type = "Input",
               .activation = std::string(name_of(node.activation.kind)),
               .part = part_of(model, position),
               .output = output,
               .activation_bytes = output.size() * static_cast<Index>(sizeof(Real))};
  if (!node.layer) return row;
  row.inputs.assign(node.inputs.begin(), node.inputs.end());
  row.type = node.layer->type();
  if (const auto* activation = dynamic_cast<const ActivationLayer*>(node.layer.get())) {
    row.activation = name_of(activation->activation().kind);
  }
  row.multiply_adds = node.layer->multiply_adds(model.layer_shapes(position, shapes));
  for (Index parameter : node.parameters) {
    if (owns(model, node, parameter))
      row.parameters += shape_of(model.parameters()[parameter].value).size();
  }
  const Index kernel = kernel_of(model, position);
  if (kernel >= 0) row.kernel = shape_of(model.parameters()[kernel].value);
  if (node.tied_to >= 0) row.tied_to = model.nodes()[node.tied_to].name;
  if (node.output_like >= 0) row.output_like = model.nodes()[node.output_like].name;
  return row;
}

}  // namespace

LayerReport report_layers(const Model& model, const Shape& input) {
  const std::vector<Shape> shapes = model.infer(input);
  const std::vector<ReceptiveField> fields = receptive_fields(model, shapes);
  LayerReport report{.input = input, .parameters = model.parameter_count()};
  for (Index n = 0; n <= model.output(); ++n) {
    LayerRow& row = report.layers.emplace_back(row_of(model, n, shapes));
    row.receptive_field = fields[static_cast<std::size_t>(n)];
    report.multiply_adds += row.multiply_adds;
    report.activation_bytes += row.activation_bytes;
  }
  for (const Parameter& parameter : model.parameters()) {
    if (parameter.trainable) report.trainable_parameters += shape_of(parameter.value).size();
  }
  return report;
}

Shape typical_input(const Model& model) {
  Shape fallback;
  for (Index extent = kTypicalExtent; extent <= kLargestTried; ++extent) {
    Shape input = model.input_shape();
    for (int axis = 0; axis < input.rank(); ++axis) {
      if (input[axis] == 0) input[axis] = extent;
    }
    if (input == model.input_shape()) return input;
    try {
      if (model.infer(input).back() == input) return input;
      if (fallback.empty()) fallback = input;
    } catch (const InputError&) {
      // This extent does not fit; the next one may.
    }
  }
  return fallback.empty() ? model.example_shape() : fallback;
}

}  // namespace adjoint
