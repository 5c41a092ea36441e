#include "models/pytorch/torch_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "models/pytorch/python_name.hpp"
#include "models/pytorch/vector_order.hpp"

namespace adjoint {
namespace {

/// An extent beside that of the input, which is open: "H", "H/2" or "2*H"; "h" for another one.
std::string open_extent(Index extent, Index input, char letter) {
  if (extent == input) return {letter};
  if (input % extent == 0) return fmt::format("{}/{}", letter, input / extent);
  if (extent % input == 0) return fmt::format("{}*{}", extent / input, letter);
  return {static_cast<char>(std::tolower(letter))};
}

/// "(N, 32, 14, 14)", or "(N, 32, H/2, W/2)" where the input is open; `example` is one of its
/// shapes.
std::string torch_shape(const Shape& sample, const Shape& input, const Shape& example) {
  if (sample.rank() != 3) return fmt::format("(N, {})", fmt::join(sample, ", "));
  const auto extent = [&](int axis, char letter) {
    return input[axis] == 0 ? open_extent(sample[axis], example[axis], letter)
                            : fmt::format("{}", sample[axis]);
  };
  return fmt::format("(N, {}, {}, {})", sample[2], extent(0, 'H'), extent(1, 'W'));
}

}  // namespace

TorchModel::TorchModel(const Model& model) : model(model) {
  const std::vector<Shape> shapes = model.infer(model.example_shape());
  const std::vector<std::optional<Shape>> orders = vector_orders(model, shapes);
  const std::vector<std::string> names = python_names(model);
  const bool open = std::ranges::count(model.input_shape(), 0) > 0;
  nodes.push_back({.name = names[0],
                   .module = "",
                   .makes_module = false,
                   .code = {},
                   .expression = "",
                   .shape = torch_shape(shapes[0], model.input_shape(), shapes[0])});
  // Modules that others may call again, by what makes them and their parameters.
  std::map<std::pair<std::string, std::vector<Index>>, std::string> made;
  for (Index i = 1; i <= model.output(); ++i) {
    const Node& node = model.nodes()[i];
    const std::string& name = names[static_cast<std::size_t>(i)];
    TorchUse use{.node = node,
                 .shapes = model.layer_shapes(i, shapes),
                 .output = shapes[i],
                 .open = open,
                 .inputs = {},
                 .module = "self." + name,
                 .like = "",
                 .input_order = orders[node.inputs.front()],
                 .output_order = orders[i]};
    for (Index input : node.inputs) use.inputs.push_back(names[static_cast<std::size_t>(input)]);
    if (node.output_like >= 0)
      use.like = names[static_cast<std::size_t>(model.nodes()[node.output_like].inputs.front())];
    TorchCode code = torch_code(use);
    std::string module = code.module.empty() ? "" : name;
    bool makes = !module.empty();
    if (makes && !node.parameters.empty()) {
      const auto [found, is_new] = made.try_emplace({code.module, node.parameters}, name);
      if (!is_new) {
        use.module = "self." + found->second;
        code = torch_code(use);
        module = found->second;
        makes = false;
      }
    }
    const std::string output = torch_activation(node.activation, code.call, shapes[i].rank());
    nodes.push_back({.name = name,
                     .module = module,
                     .makes_module = makes,
                     .code = std::move(code),
                     .expression = output,
                     .shape = torch_shape(shapes[i], model.input_shape(), shapes[0])});
  }
}

std::vector<WeightSlot> TorchModel::slots() const {
  std::vector<WeightSlot> slots;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    const TorchNode& node = nodes[i];
    if (!node.makes_module) continue;
    const std::string& layer = model.nodes()[i].name;
    for (const TorchParameter& parameter : node.code.parameters) {
      const std::size_t dot = parameter.attribute.rfind('.');
      WeightSlot slot{.names = {node.module + "." + parameter.attribute},
                      .kind = parameter.attribute.substr(dot == std::string::npos ? 0 : dot + 1),
                      .parameter = parameter.parameter,
                      .constant = parameter.constant,
                      .layout = parameter.layout,
                      .optional = parameter.parameter < 0};
      if (layer != node.module) slot.names.push_back(layer + "." + parameter.attribute);
      if (std::ranges::find(slots, slot.parameter, &WeightSlot::parameter) != slots.end())
        slot.optional = true;  // tied: it stands in an earlier module
      slots.push_back(std::move(slot));
    }
  }
  return slots;
}

Tensor torch_value(const Model& model, const WeightSlot& slot) {
  if (slot.parameter < 0) return make_tensor(slot.layout.shape, slot.constant);
  return to_layout(model.parameters()[slot.parameter].value, slot.layout);
}

}  // namespace adjoint
