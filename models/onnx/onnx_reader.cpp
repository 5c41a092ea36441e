#include "models/onnx/onnx_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "framework/layers/reshape.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_names.hpp"
#include "models/onnx/operator_table.hpp"

namespace adjoint {
namespace {

// Far above all models; adding layers and finding their names takes time in the square of them.
constexpr std::size_t kMostLayers = 4096;

std::vector<int> without_ones(const std::vector<int>& axes, const Shape& sample) {
  std::vector<int> kept;
  for (const int axis : axes)
    if (axis == 0 || sample[axis - 1] != 1) kept.push_back(axis);
  return kept;
}

std::vector<std::vector<int>> default_axes(int sample_rank) {
  if (sample_rank == 3) return {{0}, {3}, {1}, {2}};
  std::vector<std::vector<int>> axes;
  for (int axis = 0; axis <= sample_rank; ++axis) axes.push_back({axis});
  return axes;
}

std::int64_t stored_numbers(const OnnxGraph& graph) {
  std::size_t count = 0;
  for (const auto& [name, tensor] : graph.constants) count += tensor.size();
  for (const OnnxNode& node : graph.nodes)
    for (const auto& [name, value] : node.attributes)
      if (const auto* tensor = std::get_if<OnnxTensor>(&value)) count += tensor->size();
  return static_cast<std::int64_t>(count);
}

}  // namespace

OnnxReader::OnnxReader(const OnnxGraph& graph, const OnnxReading& reading)
    : graph_(graph),
      is_channels_first_(reading.is_channels_first),
      // Each constant may be used a few times; a file that uses one without end is none of a model.
      budget_(16 * stored_numbers(graph) + (1 << 20)) {
  for (const OnnxNode& node : graph.nodes)
    for (const std::string& input : node.inputs) takers_[input].push_back(&node);
  takers_[graph.outputs[0].name].push_back(nullptr);
  for (const auto& [name, tensor] : graph.constants)
    values_[name].constant = {std::shared_ptr<void>(), &tensor};  // the graph owns it
  const OnnxValue& input = graph.inputs[0];
  if (input.extents[0].size > 0) batch_ = input.extents[0].size;
  OnnxView view{.sample = reading.input, .order = orders_.same()};
  if (view.sample[0] == 0) view.sample[0] = reading.open_height;
  if (view.sample.rank() == 3 && view.sample[1] == 0) view.sample[1] = reading.open_width;
  view.sample.size();  // throws if no memory holds so many
  for (const int axis : reading.axes) view.axes.push_back({axis});
  input_ = view.sample;
  values_[input.name] = std::move(view);
  taken_.insert(std::string(Model::kInputName));
}

bool OnnxReader::has_input(std::size_t i) const {
  return i < node_->inputs.size() && !node_->inputs[i].empty();
}

const OnnxView& OnnxReader::any_input(std::size_t i) {
  if (!has_input(i)) throw InputError("its input {} is missing", i + 1);
  return values_.at(node_->inputs[i]);
}

const OnnxView& OnnxReader::input(std::size_t i) {
  const OnnxView& value = any_input(i);
  if (value.constant)
    throw InputError("its input {} is a constant; expected one that comes from the model's input",
                     i + 1);
  if (!value.is_layer())
    throw InputError(
        "its input {} is a step of a normalization, a gelu or a border that no layer does; only "
        "these whole are read",
        i + 1);
  return value;
}

const OnnxView& OnnxReader::image(std::size_t i) {
  const OnnxView& value = input(i);
  if (!is_image(value))
    throw InputError("its input {} is no image (batch, channels, height, width)", i + 1);
  return value;
}

const OnnxTensor& OnnxReader::constant(std::size_t i) {
  const OnnxView& value = any_input(i);
  if (!value.constant)
    throw InputError("its input {} depends on the model's input; expected a constant", i + 1);
  return *value.constant;
}

OnnxInts OnnxReader::list(std::size_t i, const std::string& name) {
  return has_input(i) ? onnx_integers(constant(i)) : attribute<OnnxInts>(name, {});
}

void OnnxReader::require(bool holds, const char* expected) const {
  if (!holds) throw InputError("{}", expected);
}

OnnxInts OnnxReader::dims(const OnnxView& value) const {
  OnnxInts extents;
  for (const std::vector<int>& axes : value.axes) {
    std::int64_t extent = 1;
    for (const int axis : axes)
      if (__builtin_mul_overflow(extent, axis == 0 ? batch_ : value.sample[axis - 1], &extent))
        throw InputError("its input is larger than any memory");
    extents.push_back(extent);
  }
  return extents;
}

int OnnxReader::our_axis(const OnnxView& value, std::size_t axis) const {
  const std::vector<int> kept = without_ones(value.axes[axis], value.sample);
  if (kept.size() == 1) return kept[0];
  if (!kept.empty()) return -1;
  if (value.axes[axis].size() == 1) return value.axes[axis][0];
  const auto usual = default_axes(value.sample.rank());
  const bool fits = usual.size() == value.axes.size() && usual[axis][0] > 0 &&
                    value.sample[usual[axis][0] - 1] == 1;
  return fits ? usual[axis][0] : -1;
}

bool OnnxReader::is_image(const OnnxView& value) const {
  if (value.sample.rank() != 3 || !value.is_layer()) return false;
  const bool is_row = value.axes.size() == 3;
  if (value.axes.size() != 4 && !(is_row && value.sample[0] == 1)) return false;
  std::vector<std::vector<int>> expected = default_axes(3);
  if (is_row) expected.erase(expected.begin() + 2);
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (without_ones(value.axes[i], value.sample) != without_ones(expected[i], value.sample))
      return false;
  return true;
}

std::string OnnxReader::free_name(const std::string& wanted) {
  std::string name;
  for (const char c : wanted) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    if (allowed || !name.empty()) name += allowed ? c : '_';
  }
  constexpr std::size_t kLongest = 100;
  name = name.substr(0, kLongest);
  while (true) {
    const int count = names_[name]++;
    std::string free = count == 0 ? name : fmt::format("{}_{}", name, count);
    if (taken_.insert(free).second) return free;
  }
}

OnnxView OnnxReader::add(const std::string& type, std::any settings,
                         const std::vector<OnnxView>& inputs, const Shape& sample) {
  if (layers_.size() == kMostLayers)
    throw InputError("the model has more than {} layers", kMostLayers);
  constexpr Index kMostExtent = Index{1} << 31;
  for (const Index extent : sample)
    if (extent < 1 || extent > kMostExtent)
      throw InputError("its output would be of {}", to_string(sample));
  sample.size();  // throws if no memory holds so many
  Draft draft{.spec = {.name = free_name(node_->name.empty() ? node_->op : node_->name),
                       .type = type,
                       .settings = std::move(settings)}};
  for (const OnnxView& input : inputs) draft.inputs.push_back(input.layer);
  layers_.push_back(std::move(draft));
  return {.layer = static_cast<Index>(layers_.size()) - 1,
          .sample = sample,
          .axes = default_axes(sample.rank()),
          .order = orders_.undecided()};
}

OnnxView OnnxReader::add_like(const std::string& type, std::any settings, const OnnxView& value) {
  OnnxView result = add(type, std::move(settings), {value}, value.sample);
  result.axes = value.axes;
  result.order = value.order;
  return result;
}

void OnnxReader::weight(const OnnxView& layer, const std::string& name, OnnxTensor tensor,
                        const std::vector<int>& orders) {
  if (tensor.is_integer())
    throw InputError("its weights are integers; expected floats (quantized models are not read)");
  charge(tensor.size());
  weights_.push_back({layer.layer, name, std::move(tensor), orders});
}

void OnnxReader::charge(std::size_t numbers) {
  budget_ -= static_cast<std::int64_t>(numbers);
  if (budget_ < 0)
    throw InputError("the file's numbers are used again and again without end; that is no model");
}

std::optional<Index> OnnxReader::source(const OnnxView& value, const std::string& type) const {
  if (value.layer < 0) return {};
  const Draft& draft = layers_[static_cast<std::size_t>(value.layer)];
  if (draft.spec.type != type || draft.inputs.size() != 1) return {};
  return draft.inputs[0];
}

Index OnnxReader::worked_out(Index number) {
  worked_out_.push_back(number);
  return number;
}

std::vector<const OnnxNode*> OnnxReader::takers() const {
  const auto found = takers_.find(node_->outputs[0]);
  return found == takers_.end() ? std::vector<const OnnxNode*>{} : found->second;
}

void OnnxReader::give(OnnxView value) {
  value.is_sole = value.is_sole && takers().size() == 1;
  values_[node_->outputs[0]] = std::move(value);
}

bool OnnxReader::fold() {
  if (node_->op == "Shape") {
    const OnnxView& from = any_input(0);
    OnnxInts extents = from.constant ? from.constant->dims : dims(from);
    if (const auto* groups = std::get_if<OnnxGroups>(&from.part))
      extents = {batch_, groups->count, from.sample.size() / groups->count};
    const auto rank = static_cast<std::int64_t>(extents.size());
    const OnnxInts at = onnx_sliced(attribute<std::int64_t>("start", 0),
                                    attribute<std::int64_t>("end", rank), 1, rank);
    OnnxInts chosen;
    for (const std::int64_t i : at) chosen.push_back(extents[static_cast<std::size_t>(i)]);
    const auto count = static_cast<std::int64_t>(chosen.size());
    give({.constant = std::make_shared<OnnxTensor>(OnnxTensor{{count}, std::move(chosen)})});
    return true;
  }
  std::vector<const OnnxTensor*> constants;
  for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
    constants.push_back(has_input(i) ? any_input(i).constant.get() : nullptr);
    if (has_input(i) && !constants.back()) return false;
  }
  for (const OnnxTensor* constant : constants)
    if (constant) charge(constant->size());
  std::optional<OnnxTensor> result = fold_onnx(*node_, constants);
  if (!result) return false;
  charge(result->size());
  give({.constant = std::make_shared<OnnxTensor>(std::move(*result))});
  return true;
}

void OnnxReader::read_node() {
  for (std::size_t i = 1; i < node_->outputs.size(); ++i)
    if (takers_.contains(node_->outputs[i]) && !node_->outputs[i].empty())
      throw InputError("more than its first output is used");
  if (fold()) return;
  const OnnxOperator* const row = find_onnx_operator(node_->op);
  if (!row) throw InputError("there is no layer, or group of layers, that does what it does");
  row->read(*this);
}

void OnnxReader::read() {
  for (; position_ < graph_.nodes.size(); ++position_) {
    node_ = &graph_.nodes[position_];
    try {
      read_node();
    } catch (const InputError& error) {
      throw InputError("{}: {}", onnx_place(node_->op, node_->name, graph_.opset), error.what());
    }
  }
}

/// The graph's output as a layer's.
OnnxView OnnxReader::output() {
  const OnnxView value = values_.at(graph_.outputs[0].name);
  if (value.constant || !value.is_layer())
    throw InputError("its output {} is not computed by any layer",
                     onnx_quoted(graph_.outputs[0].name));
  orders_.settle_same(value.order);
  std::vector<int> order;
  for (const std::vector<int>& axes : value.axes)
    for (const int axis : without_ones(axes, value.sample)) order.push_back(axis);
  const bool is_flat = value.axes.size() == 2 && value.sample.rank() > 1;
  const bool is_row = value.sample.rank() == 3 && !is_flat && value.axes.size() <= 4;
  // Images may have their channels first; a vector's numbers must stand as ours.
  if (is_row) std::erase(order, 3);
  if (!std::ranges::is_sorted(order))
    throw InputError(
        "its output {} holds an image's numbers in an order that ends no model here: channel by "
        "channel in one vector, or with height and width exchanged",
        onnx_quoted(graph_.outputs[0].name));
  static const OnnxNode kLast{.op = "output"};
  node_ = &kLast;
  if (is_flat) return add("Flatten", NoSettings{}, {value}, {value.sample.size()});
  if (value.layer >= 0) return value;
  return add("Activation", ActivationSettings{}, {value}, value.sample);  // of nothing at all
}

std::vector<bool> OnnxReader::used_layers(Index output) const {
  std::vector<bool> used(layers_.size(), false);
  used[static_cast<std::size_t>(output)] = true;
  for (std::size_t i = layers_.size(); i-- > 0;)
    if (used[i])
      for (const Index input : layers_[i].inputs)
        if (input >= 0) used[static_cast<std::size_t>(input)] = true;
  return used;
}

/// Makes an activation that follows a layer alone one of that layer.
void OnnxReader::join_activations(Index& output, std::vector<bool>& used) {
  std::vector<int> takers(layers_.size(), 0);
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (used[i])
      for (const Index input : layers_[i].inputs)
        if (input >= 0) ++takers[static_cast<std::size_t>(input)];
  std::vector<Index> instead(layers_.size());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Draft& draft = layers_[i];
    for (Index& input : draft.inputs)
      if (input >= 0) input = instead[static_cast<std::size_t>(input)];
    instead[i] = static_cast<Index>(i);
    if (!used[i] || draft.spec.type != "Activation" || draft.inputs[0] < 0) continue;
    const auto from = static_cast<std::size_t>(draft.inputs[0]);
    LayerSpec& before = layers_[from].spec;
    if (takers[from] != 1 || before.type == "Activation" || before.activation.kind != "linear")
      continue;
    before.activation = std::any_cast<const ActivationSettings&>(draft.spec.settings).activation;
    takers[from] = takers[i];
    used[i] = false;
    instead[i] = draft.inputs[0];
  }
  output = instead[static_cast<std::size_t>(output)];
}

/// The weight with its numbers where ours stand.
Tensor OnnxReader::turned(const Weight& weight) const {
  OnnxTensor tensor = weight.tensor;
  for (std::size_t axis = 0; axis < weight.orders.size(); ++axis) {
    if (weight.orders[axis] < 0) continue;
    const std::vector<Index>& order = orders_.order(weight.orders[axis]);
    if (order.empty()) continue;
    Index inner = 1;
    for (std::size_t i = axis + 1; i < tensor.dims.size(); ++i) inner *= tensor.dims[i];
    const Index extent = tensor.dims[axis];
    std::vector<float> numbers(tensor.size());
    for (Index i = 0; i < static_cast<Index>(numbers.size()); ++i) {
      const Index place = i / inner % extent;
      const Index from = i + (order[static_cast<std::size_t>(place)] - place) * inner;
      numbers[static_cast<std::size_t>(i)] = tensor.floats()[static_cast<std::size_t>(from)];
    }
    tensor.numbers = std::move(numbers);
  }
  Shape shape;
  for (const std::int64_t extent : tensor.dims) shape.push_back(extent);
  Tensor result = make_tensor(shape);
  std::ranges::copy(tensor.floats(), result.begin());
  return result;
}

ForeignModel OnnxReader::model(const OnnxReading& reading) {
  Index last = output().layer;
  std::vector<bool> used = used_layers(last);
  join_activations(last, used);
  ForeignModel model{.name = graph_.name, .notes = std::move(notes_)};
  model.spec.input = reading.input;
  const auto name = [&](Index layer) {
    return layer < 0 ? std::string(Model::kInputName)
                     : layers_[static_cast<std::size_t>(layer)].spec.name;
  };
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!used[i]) continue;
    std::vector<std::string>& inputs = layers_[i].spec.inputs.emplace();
    for (const Index input : layers_[i].inputs) inputs.push_back(name(input));
    model.spec.layers.push_back(layers_[i].spec);
  }
  for (const Weight& weight : weights_)
    if (used[static_cast<std::size_t>(weight.layer)])
      model.weights[name(weight.layer) + "/" + weight.name] = turned(weight);
  return model;
}

}  // namespace adjoint
