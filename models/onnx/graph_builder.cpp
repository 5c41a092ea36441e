#include "models/onnx/graph_builder.hpp"

#include <algorithm>

namespace adjoint {
namespace {

bool is_same(const OnnxTensor& one, const OnnxTensor& other) {
  return one.dims == other.dims && one.numbers == other.numbers;
}

std::string take_name(const std::string& name, std::set<std::string>& taken) {
  std::string free = name;
  for (int i = 2; !taken.insert(free).second; ++i) free = name + "_" + std::to_string(i);
  return free;
}

}  // namespace

std::string OnnxGraphBuilder::add(const std::string& op, const std::string& name,
                                  std::vector<std::string> inputs, Attributes attributes) {
  const std::string value = take_name(name, values_);
  graph_.nodes.push_back({.op = op,
                          .name = take_name(name, nodes_),
                          .inputs = std::move(inputs),
                          .outputs = {value},
                          .attributes = std::move(attributes)});
  return value;
}

std::string OnnxGraphBuilder::constant(const std::string& name, OnnxTensor tensor) {
  const auto found = graph_.constants.find(name);
  if (found != graph_.constants.end() && is_same(found->second, tensor)) return name;
  const std::string free = take_name(name, values_);
  graph_.constants.emplace(free, std::move(tensor));
  return free;
}

std::string OnnxGraphBuilder::number(const std::string& name, double value) {
  return constant(name, {{}, std::vector<float>{static_cast<float>(value)}});
}

std::string OnnxGraphBuilder::numbers(const std::string& name, std::vector<float> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return constant(name, {{size}, std::move(values)});
}

std::string OnnxGraphBuilder::integers(const std::string& name, OnnxInts values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return constant(name, {{size}, std::move(values)});
}

void OnnxGraphBuilder::add_input(OnnxValue value) {
  values_.insert(value.name);
  graph_.inputs.push_back(std::move(value));
}

void OnnxGraphBuilder::add_output(const std::string& made, OnnxValue value) {
  const bool is_input = std::ranges::any_of(
      graph_.inputs, [&](const OnnxValue& input) { return input.name == made; });
  const std::string from = is_input ? add("Identity", value.name, {made}) : made;
  for (OnnxNode& node : graph_.nodes) {
    std::ranges::replace(node.inputs, from, value.name);
    std::ranges::replace(node.outputs, from, value.name);
  }
  graph_.outputs.push_back(std::move(value));
}

}  // namespace adjoint
