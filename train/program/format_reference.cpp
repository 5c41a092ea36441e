#include "train/program/format_reference.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "models/formats/model_format.hpp"
#include "models/keras/function_reader.hpp"
#include "models/keras/layer_reader.hpp"
#include "models/layer_table.hpp"
#include "models/onnx/layer_writers.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/pytorch/torch_layer.hpp"

namespace adjoint {
namespace {

const char* yes(bool is) {
  return is ? "yes" : "";
}

std::string format_table() {
  std::string text =
      "\n### Formats, `export --format`\n\n| name | what it is | model read | weights read | "
      "written |\n|---|---|---|---|---|\n";
  for (const ModelFormat& format : model_formats()) {
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", format.name, format.doc, yes(format.read),
                        yes(format.put_weights), yes(format.write));
  }
  return text;
}

/// The text of a layer's row in another program's table; "" if there is none.
template <class Rows, class Text>
std::string text_of(const Rows& rows, std::string_view type, Text text) {
  const auto row = std::ranges::find_if(rows, [&](const auto& r) { return r.type == type; });
  return row == rows.end() ? "" : std::string(text(*row));
}

std::string layer_table() {
  std::string text =
      "\n### Layers in other programs\n\nKeras and PyTorch in both directions; ONNX as it is "
      "written, and below as it is read.\n\n| layer | Keras | PyTorch | ONNX "
      "|\n|---|---|---|---|\n";
  for (const Kind<LayerFamily>& kind : LayerFamily::kinds()) {
    const bool reads = keras::knows_layer(kind.name);
    const bool writes = kind.traits.keras || kind.name == "Activation";
    const std::string keras = reads && writes ? fmt::format("`{}`", kind.name)
                              : reads         ? fmt::format("`{}`, read alone", kind.name)
                              : writes        ? fmt::format("`{}`, written alone", kind.name)
                                              : "";
    text += fmt::format(
        "| `{}` | {} | {} | {} |\n", kind.name, keras,
        text_of(torch_layers(), kind.name, [](const TorchLayer& row) { return row.module; }),
        text_of(onnx_layers(), kind.name, [](const OnnxLayer& row) { return row.operators; }));
  }
  std::vector<std::string_view> others;
  for (const std::string_view name : keras::layer_classes())
    if (!find_kind<LayerFamily>(name)) others.push_back(name);
  text += fmt::format(
      "\nAdjoint also reads these classes of Keras: {}; and calls of these functions between "
      "layers: {}.\n",
      fmt::join(others, ", "), fmt::join(keras::function_names(), ", "));
  text += "\n### Operators of ONNX that are read\n\n| operator | becomes |\n|---|---|\n";
  for (const OnnxOperator& row : onnx_operators())
    text += fmt::format("| `{}` | {} |\n", row.op, row.layers.empty() ? "nothing" : row.layers);
  return text;
}

}  // namespace

std::string format_reference() {
  return "\n## Files of other programs\n" + format_table() + layer_table();
}

}  // namespace adjoint
