#include "inference/inspection/layers/activation_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "inference/inspection/layers/layer_report.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNamedChannels = 8;  // in the table

LayerActivation measured(Tensor values) {
  LayerActivation result{.values = std::move(values)};
  const ConstView numbers = view(std::as_const(result.values));
  const Index count = numbers.size(), channels = result.channels();
  std::vector<bool> heard(static_cast<std::size_t>(channels));
  double sum = 0, squares = 0;
  Index zeros = 0;
  result.least = result.greatest = count > 0 ? numbers[0] : 0;
  for (Index i = 0; i < count; ++i) {
    const double value = numbers[i];
    result.least = std::min(result.least, value);
    result.greatest = std::max(result.greatest, value);
    sum += value;
    squares += value * value;
    if (value == 0)
      ++zeros;
    else
      heard[static_cast<std::size_t>(i % channels)] = true;
  }
  const double n = static_cast<double>(std::max<Index>(count, 1));
  result.mean = sum / n;
  result.standard_deviation = std::sqrt(std::max(squares / n - result.mean * result.mean, 0.0));
  result.zeros = static_cast<double>(zeros) / n;
  for (Index c = 0; c < channels; ++c)
    if (!heard[static_cast<std::size_t>(c)]) result.silent.push_back(c);
  return result;
}

std::string number_text(double value) {
  return fmt::format("{:.4g}", value);
}

/// "3 of 16: 0, 4, 11"
std::string silent_text(const LayerActivation& layer) {
  if (layer.silent.empty()) return "";
  const std::size_t named = std::min(layer.silent.size(), kNamedChannels);
  return fmt::format("{} of {}: {}{}", layer.silent.size(), layer.channels(),
                     fmt::join(layer.silent.begin(),
                               layer.silent.begin() + static_cast<std::ptrdiff_t>(named), ", "),
                     named < layer.silent.size() ? ", ..." : "");
}

}  // namespace

std::vector<LayerActivation> report_activations(const Model& model, std::vector<Tensor> outputs) {
  const LayerReport layers = report_layers(model, shape_of(outputs.at(0)));
  std::vector<LayerActivation> reports;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    reports.push_back(measured(std::move(outputs[i])));
    reports.back().layer = layers.layers[i].name;
    reports.back().type = layers.layers[i].type;
    reports.back().activation = layers.layers[i].activation;
  }
  return reports;
}

std::string activation_sentence(const ActivationReport& report) {
  const auto size = [](const Shape& shape) { return fmt::format("{}x{}", shape[0], shape[1]); };
  const bool part = report.input[0] < report.whole[0] || report.input[1] < report.whole[1];
  std::string text = part ? fmt::format("Image {}: {} pixels of its middle (of {})", report.image,
                                        size(report.input), size(report.whole))
                          : fmt::format("Image {}, {} pixels", report.image, size(report.whole));
  const Shape given = report.layers.at(0).shape();
  if (!(given == report.input))
    text +=
        fmt::format(", continued by reflection to {}, a size that the model takes", size(given));
  return text + ".";
}

Table activation_table(const ActivationReport& report) {
  using enum Table::Align;
  Table table{.columns = {{"layer", left},
                          {"type", left},
                          {"output", right},
                          {"least", right},
                          {"greatest", right},
                          {"mean", right},
                          {"std", right},
                          {"zeros", right},
                          {"silent channels", left}}};
  for (const LayerActivation& layer : report.layers) {
    table.rows.push_back(
        {{layer.layer,
          layer.activation == "linear" ? layer.type : layer.type + ", " + layer.activation,
          to_string(layer.shape()), number_text(layer.least), number_text(layer.greatest),
          number_text(layer.mean), number_text(layer.standard_deviation),
          layer.zeros > 0 ? fmt::format("{:.1f} %", 100 * layer.zeros) : "", silent_text(layer)}});
  }
  return table;
}

std::string activation_legend() {
  return "std: standard deviation. zeros: the share of values that are 0, as a ReLU leaves them.\n"
         "silent channels: 0 at every place of this image, numbered from 0; a channel that is "
         "silent in\nevery image is dead.";
}

std::string activation_text(const ActivationReport& report) {
  return fmt::format("{}\n\n{}{}\n", activation_sentence(report),
                     table_text(activation_table(report)), activation_legend());
}

Json activation_json(const ActivationReport& report) {
  const auto extents = [](const Shape& shape) { return std::vector(shape.begin(), shape.end()); };
  Json layers = Json::array();
  for (const LayerActivation& layer : report.layers) {
    layers.push_back({{"layer", layer.layer},
                      {"type", layer.type},
                      {"activation", layer.activation},
                      {"output", extents(layer.shape())},
                      {"least", layer.least},
                      {"greatest", layer.greatest},
                      {"mean", layer.mean},
                      {"standard_deviation", layer.standard_deviation},
                      {"zeros", layer.zeros},
                      {"silent_channels", layer.silent}});
  }
  return {{"image", report.image},
          {"size", extents(report.whole)},
          {"input", extents(report.input)},
          {"layers", layers}};
}

}  // namespace adjoint
