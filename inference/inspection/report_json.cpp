#include "inference/inspection/report_json.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

Json shape_json(const Shape& shape) {
  Json json = Json::array();
  for (Index extent : shape) json.push_back(extent);
  return json;
}

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json part_json(LayerRow::Part part) {
  switch (part) {
    case LayerRow::Part::encoder:
      return "encoder";
    case LayerRow::Part::latent:
      return "latent";
    case LayerRow::Part::decoder:
      return "decoder";
    case LayerRow::Part::none:
      break;
  }
  return {};
}

Json field_json(const ReceptiveField& field) {
  if (field.all) return "all";
  return {field.height, field.width};
}

Json layer_json(const LayerRow& layer) {
  return {{"name", layer.name},
          {"type", layer.type},
          {"activation", layer.activation},
          {"part", part_json(layer.part)},
          {"output", shape_json(layer.output)},
          {"parameters", layer.parameters},
          {"multiply_adds", layer.multiply_adds},
          {"activation_bytes", layer.activation_bytes},
          {"receptive_field", field_json(layer.receptive_field)},
          {"kernel", layer.kernel.empty() ? Json() : shape_json(layer.kernel)},
          {"tied_to", or_null(layer.tied_to)},
          {"output_like", or_null(layer.output_like)}};
}

Json state_json(const KernelState& state) {
  return {{"norm", state.norm},
          {"spectral_norm", state.singular_values.front()},
          {"effective_rank", state.effective_rank},
          {"mean_frequency", state.mean_frequency},
          {"dead", state.idle.dead},
          {"duplicates", state.idle.duplicates},
          {"singular_values", state.singular_values}};
}

Json kernel_json(const KernelReport& kernel) {
  return {{"layer", kernel.layer},
          {"shape", shape_json(kernel.shape)},
          {"before", state_json(kernel.before)},
          {"after", state_json(kernel.after)},
          {"relative_change", kernel.change}};
}

Json comparison_json(const std::optional<KernelComparison>& comparison) {
  if (!comparison) return {};
  return {{"cosine", comparison->cosine},
          {"cosine_by_channel", comparison->by_channel},
          {"matching", comparison->matching},
          {"cosine_of_matching", comparison->matched},
          {"cosine_of_rotation", comparison->rotated},
          {"cosine_of_subspaces", comparison->subspaces.cosines},
          {"subspace_dimensions",
           {comparison->subspaces.first_dimensions, comparison->subspaces.second_dimensions}},
          {"cosine_of_frequency_responses", comparison->frequency_cosine}};
}

Json pair_json(const PairReport& pair) {
  Json json{{"convolution", pair.convolution},
            {"transpose", pair.transpose},
            {"tied", pair.tied},
            {"convolution_kernel", shape_json(pair.convolution_kernel)},
            {"transpose_kernel", shape_json(pair.transpose_kernel)},
            {"shapes_differ_in", or_null(pair.obstacle)},
            {"before", comparison_json(pair.before.kernels)},
            {"after", comparison_json(pair.after.kernels)}};
  if (pair.after.kernels) {
    json["by_chance"] = {{"mean_absolute_cosine", pair.chance.absolute_by_channel},
                         {"mean_cosine_of_matching", pair.chance.matched},
                         {"deviation", pair.chance.matched_deviation},
                         {"cosine_of_rotation", pair.chance.rotated},
                         {"mean_cosine_of_subspaces", pair.chance.subspaces},
                         {"cosine_of_frequency_responses", pair.chance.frequency_cosine}};
  }
  if (pair.after.from_identity) {
    json["distance_from_identity"] = {{"before", *pair.before.from_identity},
                                      {"after", *pair.after.from_identity},
                                      {"by_chance", *pair.from_identity_by_chance}};
  }
  for (const PairReport::Epoch& then : pair.epochs) {
    Json epoch = comparison_json(then.measures.kernels);
    epoch["epoch"] = then.epoch;
    if (then.measures.from_identity) epoch["distance_from_identity"] = *then.measures.from_identity;
    json["epochs"].push_back(std::move(epoch));
  }
  return json;
}

Json checkerboard_json(const std::optional<Checkerboard>& board) {
  if (!board) return {};
  Json json{{"stride", {board->stride.h, board->stride.w}},
            {"score", nullptr},
            {"score_of_255", nullptr},
            {"gray_level", nullptr},
            {"channels", nullptr},
            {"uneven_layers", Json::array()},
            {"not_measured", or_null(board->obstacle)}};
  if (board->obstacle.empty()) {
    json["score"] = board->score;
    json["score_of_255"] = 255 * board->score;
    json["gray_level"] = board->gray_level;
    json["channels"] = board->channels;
  }
  for (const UnevenLayer& layer : board->uneven_layers) {
    json["uneven_layers"].push_back({{"layer", layer.name},
                                     {"kernel", {layer.kernel.h, layer.kernel.w}},
                                     {"strides", {layer.stride.h, layer.stride.w}}});
  }
  return json;
}

/// Sets to null what compares with weights that are not known.
void forget_before(Json& report) {
  for (Json& pair : report["pairs"]) {
    pair["before"] = nullptr;
    if (pair.contains("distance_from_identity")) pair["distance_from_identity"]["before"] = nullptr;
  }
  for (Json& kernel : report["kernels"]) kernel["before"] = kernel["relative_change"] = nullptr;
}

}  // namespace

Json report_json(const Inspection& inspection) {
  Json json{{"name", inspection.name},
            {"source", inspection.source},
            {"trained", inspection.trained},
            {"epochs", inspection.epochs},
            {"input", shape_json(inspection.layers.input)},
            {"input_is_example", inspection.input_is_example},
            {"parameters", inspection.layers.parameters},
            {"trainable_parameters", inspection.layers.trainable_parameters},
            {"multiply_adds", inspection.layers.multiply_adds},
            {"activation_bytes", inspection.layers.activation_bytes},
            {"checkerboard", checkerboard_json(inspection.checkerboard)},
            {"layers", Json::array()},
            {"pairs", Json::array()},
            {"kernels", Json::array()}};
  for (const LayerRow& layer : inspection.layers.layers)
    json["layers"].push_back(layer_json(layer));
  for (const PairReport& pair : inspection.pairs) json["pairs"].push_back(pair_json(pair));
  for (const KernelReport& kernel : inspection.kernels)
    json["kernels"].push_back(kernel_json(kernel));
  if (!inspection.initial_known) forget_before(json);
  return json;
}

}  // namespace adjoint
