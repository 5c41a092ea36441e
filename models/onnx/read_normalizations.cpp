#include <algorithm>

#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/global_average_pooling2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/onnx/read_steps.hpp"

namespace adjoint {
namespace onnx_normalizations {

using Step = OnnxMoment::Step;

double epsilon_of(const OnnxReader& reader) {
  return shortest_decimal(reader.attribute<float>("epsilon", 1e-5F));
}

bool is_all(const OnnxTensor& tensor, double number) {
  for (std::size_t i = 0; i < tensor.size(); ++i)
    if (onnx_number_at(tensor, i) != number) return false;
  return true;
}

/// Our axes that some of the file's are made of.
std::vector<int> our_axes(const OnnxView& value, const std::vector<std::size_t>& axes) {
  std::vector<int> ours;
  for (const std::size_t axis : axes)
    ours.insert(ours.end(), value.axes[axis].begin(), value.axes[axis].end());
  std::ranges::sort(ours);
  return ours;
}

std::vector<int> long_axes_of(std::vector<int> axes, const Shape& sample) {
  std::erase_if(axes, [&](int axis) { return axis > 0 && sample[axis - 1] == 1; });
  return axes;
}

std::vector<std::size_t> reduced_axes(OnnxReader& reader, const OnnxView& value) {
  OnnxInts given = reader.list(1, "axes");
  if (given.size() > value.axes.size()) throw InputError("it names more axes than there are");
  if (given.empty()) throw InputError("it takes the mean of everything, the batch included");
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : given) axes.push_back(onnx_axis_of(axis, value.axes.size()));
  std::ranges::sort(axes);
  return axes;
}

}  // namespace onnx_normalizations

void read_onnx_batch_normalization(OnnxReader& reader) {
  using namespace onnx_normalizations;
  OnnxView value = reader.input(0);
  if (reader.attribute<std::int64_t>("training_mode", 0) != 0)
    throw InputError("it was exported while training; export the model in evaluation mode");
  if (value.axes.size() < 2) throw InputError("its input has no channels");
  const auto channels = static_cast<Index>(reader.constant(1).size());
  if (value.axes.size() == 2 && reader.our_axis(value, 1) != value.sample.rank())
    value = flattened_onnx(reader, value, channels);
  if (reader.our_axis(value, 1) != value.sample.rank())
    throw InputError("its second axis is not that of the channels");
  OnnxView result = reader.add_like(
      "BatchNormalization", BatchNormalization::Settings{.epsilon = epsilon_of(reader)}, value);
  const char* const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    const OnnxTensor& numbers = reader.constant(i + 1);
    if (numbers.dims != OnnxInts{value.sample.back()})
      throw InputError("its {} has {} numbers; expected {}", names[i], numbers.size(),
                       value.sample.back());
    reader.weight(result, names[i], numbers, {value.order});
  }
  reader.give(result);
}

void read_onnx_instance_normalization(OnnxReader& reader) {
  using namespace onnx_normalizations;
  OnnxView value = reader.any_input(0);
  const OnnxTensor &scale = reader.constant(1), &shift = reader.constant(2);
  const auto channels = static_cast<std::size_t>(value.constant ? 0 : value.sample.back());
  if (scale.size() > channels || shift.size() > channels)
    throw InputError("it has {} scales for {} channels", scale.size(), channels);
  const bool is_plain = is_all(scale, 1) && is_all(shift, 0);
  GroupNormalization::Settings settings{
      .groups = -1, .epsilon = epsilon_of(reader), .center = !is_plain, .scale = !is_plain};
  if (const auto* groups = std::get_if<OnnxGroups>(&value.part)) {
    if (!is_plain)
      throw InputError("it scales or shifts groups of channels; expected each channel");
    settings.groups = groups->count;
    reader.orders().settle_same(value.order);
    OnnxView result = reader.add_like("GroupNormalization", settings, value);
    result.part = value.part;
    reader.give(result);
    return;
  }
  value = reader.input(0);
  if (value.sample.rank() != 3 || value.axes.size() < 3) throw InputError("its input is no image");
  std::vector<std::size_t> rest;
  for (std::size_t axis = 2; axis < value.axes.size(); ++axis) rest.push_back(axis);
  const std::vector<int> channel = long_axes_of(value.axes[1], value.sample),
                         others = long_axes_of(our_axes(value, rest), value.sample);
  const bool is_whole = channel.empty() && std::ranges::count(others, 3) == 1;
  if (!is_whole &&
      (channel != long_axes_of({3}, value.sample) || others != long_axes_of({1, 2}, value.sample)))
    throw InputError("its axes are not (batch, channels, height, width)");
  if (is_whole) settings.groups = 1;
  if (is_whole && !is_plain)
    throw InputError("it scales or shifts groups of channels; expected each channel");
  OnnxView result = reader.add_like("GroupNormalization", settings, value);
  if (!is_plain) {
    const OnnxInts expected{value.sample.back()};
    if (scale.dims != expected || shift.dims != expected)
      throw InputError("its scale and shift have {} and {} numbers; expected {}", scale.size(),
                       shift.size(), expected[0]);
    reader.weight(result, "gamma", scale, {value.order});
    reader.weight(result, "beta", shift, {value.order});
  }
  reader.give(result);
}

void read_onnx_layer_normalization(OnnxReader& reader) {
  using namespace onnx_normalizations;
  const OnnxView value = reader.input(0);
  const std::size_t first =
      onnx_axis_of(reader.attribute<std::int64_t>("axis", -1), value.axes.size());
  if (first == 0) throw InputError("it normalizes over the batch");
  std::vector<std::size_t> axes;
  for (std::size_t axis = first; axis < value.axes.size(); ++axis) axes.push_back(axis);
  OnnxView result = normalized_onnx(reader, value, our_axes(value, axes), epsilon_of(reader));
  result = multiplied_onnx(reader, result, reader.constant(1));
  if (reader.has_input(2)) result = added_onnx(reader, result, reader.constant(2));
  reader.give(result);
}

void read_onnx_mean(OnnxReader& reader) {
  using namespace onnx_normalizations;
  const OnnxView value = reader.any_input(0);
  if (value.constant) throw InputError("it takes the mean of a constant");
  const std::vector<std::size_t> axes = reduced_axes(reader, value);
  const std::vector<int> ours = our_axes(value, axes);
  const bool keeps = reader.attribute<std::int64_t>("keepdims", 1) != 0;
  OnnxView result = value;
  if (const auto* moment = std::get_if<OnnxMoment>(&value.part)) {
    if (moment->step != Step::squares || moment->axes != ours || !keeps)
      throw InputError("it takes the mean of a step of another normalization");
    std::get<OnnxMoment>(result.part).step = Step::variance;
    return reader.give(result);
  }
  const OnnxView plain = reader.input(0);
  if (std::ranges::count(ours, 0) > 0) throw InputError("it takes the mean over the batch");
  const bool is_spatial = plain.sample.rank() == 3 && std::ranges::count(ours, 3) == 0 &&
                          long_axes_of(ours, plain.sample) == long_axes_of({1, 2}, plain.sample);
  if (!is_spatial) {
    if (!keeps) throw InputError("it takes the mean over other axes than height and width");
    result.part = OnnxMoment{.step = Step::mean, .axes = ours};
    return reader.give(result);
  }
  result = reader.add("GlobalAveragePooling2D", GlobalAveragePooling2D::Settings{.keepdims = true},
                      {plain}, {1, 1, plain.sample[2]});
  result.order = plain.order;
  result.axes = plain.axes;
  if (!keeps)
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis)
      result.axes.erase(result.axes.begin() + static_cast<std::ptrdiff_t>(*axis));
  reader.give(result);
}

/// Pow of a whole number.
void read_onnx_square(OnnxReader& reader) {
  using namespace onnx_normalizations;
  const double power = onnx_number(reader.constant(1));
  OnnxView value = reader.any_input(0);
  auto* moment = std::get_if<OnnxMoment>(&value.part);
  if (moment && moment->step == Step::centred && power == 2) {
    moment->step = Step::squares;
    return reader.give(value);
  }
  if (moment && moment->step == Step::stabilized && power == 0.5) {
    moment->step = Step::deviation;
    return reader.give(value);
  }
  value = reader.input(0);
  if (power != 2 && power != 3) throw InputError("its power is {}; expected 2 or 3", power);
  std::vector<OnnxView> factors(static_cast<std::size_t>(power), value);
  OnnxView result = reader.add("Multiply", NoSettings{}, factors, value.sample);
  result.axes = value.axes;
  result.order = value.order;
  reader.give(result);
}

void read_onnx_root(OnnxReader& reader) {
  OnnxView value = reader.any_input(0);
  auto* moment = std::get_if<OnnxMoment>(&value.part);
  if (!moment || moment->step != onnx_normalizations::Step::stabilized)
    throw InputError("it is read as a part of a normalization alone");
  moment->step = onnx_normalizations::Step::deviation;
  reader.give(value);
}

}  // namespace adjoint
