#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/layers/prelu.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_names.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/onnx/read_steps.hpp"

namespace adjoint {
namespace onnx_elementwise {

using Step = OnnxMoment::Step;

bool is_near(double number, double expected) {
  return std::abs(number - expected) <= 1e-5 * std::abs(expected);
}

/// Layers whose values have the same axes, joined.
OnnxView merged(OnnxReader& reader, const char* type, std::vector<OnnxView> values) {
  const auto is_vector = [](const OnnxView& value) {
    return value.sample.rank() == 1 && value.axes.size() == 2;
  };
  if (const auto vector = std::ranges::find_if(values, is_vector); vector != values.end()) {
    const Index size = vector->sample[0];
    for (OnnxView& value : values) value = flattened_onnx(reader, value, size);
  }
  for (const OnnxView& value : values) {
    if (!(value.sample == values[0].sample) || reader.dims(value) != reader.dims(values[0]))
      throw InputError(
          "it joins values of different shapes; expected one shape, without spreading one over "
          "the other");
    for (std::size_t axis = 0; axis < value.axes.size(); ++axis)
      if (reader.our_axis(value, axis) != reader.our_axis(values[0], axis))
        throw InputError("it joins values whose axes stand in different orders");
    reader.orders().unify(value.order, values[0].order);
  }
  OnnxView result = reader.add(type, NoSettings{}, values, values[0].sample);
  result.axes = values[0].axes;
  result.order = values[0].order;
  return result;
}

std::vector<OnnxView> all_inputs(OnnxReader& reader) {
  std::vector<OnnxView> values;
  for (std::size_t i = 0; i < reader.node().inputs.size(); ++i) values.push_back(reader.input(i));
  return values;
}

OnnxTensor negative(const OnnxTensor& tensor) {
  return each_onnx(tensor, [](double number) { return -number; });
}
OnnxTensor inverse(const OnnxTensor& tensor) {
  return each_onnx(tensor, [](double number) { return 1 / number; });
}

/// value op constant, or constant op value.
OnnxView with_constant(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant,
                       bool is_constant_first) {
  const std::string& op = reader.node().op;
  if (op == "Add") return added_onnx(reader, value, constant);
  if (op == "Mul") return multiplied_onnx(reader, value, constant);
  if (op == "Sub") {
    if (!is_constant_first) return added_onnx(reader, value, negative(constant));
    return added_onnx(reader, rescaled_onnx(reader, value, -1, 0), constant);
  }
  if (is_constant_first) throw InputError("it divides by a layer's output");
  return multiplied_onnx(reader, value, inverse(constant));
}

/// A step on the way to a gelu or a normalization, with a number.
OnnxView step_with_number(OnnxReader& reader, OnnxView value, const OnnxTensor& constant,
                          bool is_constant_first) {
  const std::string& op = reader.node().op;
  const double number = onnx_number(constant);
  if (auto* erf = std::get_if<OnnxErf>(&value.part); erf && (op == "Add" || op == "Mul")) {
    if (op == "Mul") erf->factor *= number;
    erf->offset = op == "Mul" ? erf->offset * number : erf->offset + number;
    return value;
  }
  auto* moment = std::get_if<OnnxMoment>(&value.part);
  if (moment && moment->step == Step::variance && op == "Add" && !is_constant_first) {
    moment->step = Step::stabilized;
    moment->epsilon = shortest_decimal(static_cast<float>(number));
    return value;
  }
  throw InputError("it changes a step of a normalization in a way that no layer does");
}

/// The factor by which a value is a layer's output, if it is that layer's.
std::optional<double> multiple_of(const OnnxReader& reader, const OnnxView& value, Index layer) {
  if (!value.is_layer()) return {};
  if (value.layer == layer) return 1;
  const std::optional<Index> source = reader.source(value, "Rescaling");
  if (!source || *source != layer) return {};
  const auto& rescaling = std::any_cast<const Rescaling::Settings&>(reader.settings(value));
  return rescaling.offset == 0 ? std::optional(rescaling.scale) : std::nullopt;
}

/// x * (1 + erf(x / sqrt(2))) * a factor.
std::optional<OnnxView> gelu(OnnxReader& reader, const OnnxView& one, const OnnxView& other) {
  const auto* erf = std::get_if<OnnxErf>(&one.part);
  if (!erf) return {};
  const std::optional<double> multiple = multiple_of(reader, other, one.layer);
  if (!multiple || !is_near(erf->factor, erf->offset)) return {};
  OnnxView base = one;
  base.part = {};
  base.is_sole = false;
  OnnxView result = activated_onnx(reader, base, {.kind = "gelu"});
  const double factor = 2 * erf->factor * *multiple;
  return is_near(factor, 1) ? result : rescaled_onnx(reader, result, factor, 0);
}

/// Two values of which at least one is a step on the way to something.
OnnxView joined_steps(OnnxReader& reader, const OnnxView& one, const OnnxView& other) {
  const std::string& op = reader.node().op;
  if (op == "Mul") {
    if (const auto result = gelu(reader, one, other)) return *result;
    if (const auto result = gelu(reader, other, one)) return *result;
  }
  const auto* first = std::get_if<OnnxMoment>(&one.part);
  const auto* second = std::get_if<OnnxMoment>(&other.part);
  const bool is_one_layer = one.layer == other.layer;
  if (op == "Sub" && one.is_layer() && second && second->step == Step::mean && is_one_layer) {
    OnnxView result = one;
    result.part = OnnxMoment{.step = Step::centred, .axes = second->axes};
    return result;
  }
  const bool is_centred = first && first->step == Step::centred;
  if (op == "Mul" && is_centred && second && second->step == Step::centred && is_one_layer &&
      first->axes == second->axes) {
    OnnxView result = one;
    std::get<OnnxMoment>(result.part).step = Step::squares;
    return result;
  }
  if (op == "Div" && is_centred && second && second->step == Step::deviation && is_one_layer &&
      first->axes == second->axes) {
    OnnxView base = one;
    base.part = {};
    return normalized_onnx(reader, base, second->axes, second->epsilon);
  }
  throw InputError("it joins steps of a normalization or of a gelu in a way that no layer does");
}

/// A limit of a Clip; `none` for one that no float is beyond.
double limit(OnnxReader& reader, std::size_t i, const std::string& name, double none) {
  const float given = reader.has_input(i) ? static_cast<float>(onnx_number(reader.constant(i)))
                                          : reader.attribute<float>(name, static_cast<float>(none));
  return std::abs(given) >= std::numeric_limits<float>::max() ? none : shortest_decimal(given);
}

float named(const OnnxReader& reader, const char* attribute, float fallback) {
  return reader.attribute<float>(attribute, fallback);
}

}  // namespace onnx_elementwise

void read_onnx_activation(OnnxReader& reader) {
  using namespace onnx_elementwise;
  const OnnxView value = reader.input(0);
  const std::string& op = reader.node().op;
  const auto decimal = [&](const char* attribute, float fallback) {
    return shortest_decimal(named(reader, attribute, fallback));
  };
  const auto give = [&](const ActivationSpec& activation) {
    reader.give(activated_onnx(reader, value, activation));
  };
  if (op == "Relu") return give({.kind = "relu"});
  if (op == "LeakyRelu")
    return give({.kind = "leaky_relu", .negative_slope = decimal("alpha", 0.01F)});
  if (op == "Sigmoid") return give({.kind = "sigmoid"});
  if (op == "Tanh") return give({.kind = "tanh"});
  if (op == "Softplus") return give({.kind = "softplus"});
  if (op == "Elu") {
    const double alpha = decimal("alpha", 1);
    if (alpha < 0) throw InputError("its alpha is {}; expected at least 0", alpha);
    return give({.kind = "elu", .alpha = alpha});
  }
  if (op == "Gelu") {
    const auto approximate = reader.attribute<std::string>("approximate", "none");
    return give({.kind = "gelu", .approximate = approximate == "tanh"});
  }
  if (op == "Selu") {
    const OnnxView elu = activated_onnx(
        reader, value,
        {.kind = "elu", .alpha = named(reader, "alpha", 1.67326319217681884765625F)});
    return reader.give(
        rescaled_onnx(reader, elu, named(reader, "gamma", 1.05070102214813232421875F), 0));
  }
  if (op == "Mish") {
    const OnnxView plus = activated_onnx(reader, value, {.kind = "softplus"});
    const OnnxView tanh = activated_onnx(reader, plus, {.kind = "tanh"});
    return reader.give(merged(reader, "Multiply", {value, tanh}));
  }
  // HardSigmoid, and HardSwish, which multiplies with it: clip(alpha x + beta, 0, 1), and ours is
  // that of 1/6 and 1/2.
  const bool is_swish = op == "HardSwish";
  const float alpha = is_swish ? 1 / 6.0F : named(reader, "alpha", 0.2F);
  const float beta = is_swish ? 0.5F : named(reader, "beta", 0.5F);
  const bool is_ours = is_near(alpha, 1 / 6.0) && beta == 0.5F;
  OnnxView moved = value;
  moved.is_sole = false;  // HardSwish takes it once more
  if (!is_ours) moved = rescaled_onnx(reader, moved, 6 * alpha, 6 * beta - 3);
  const OnnxView sigmoid = activated_onnx(reader, moved, {.kind = "hard_sigmoid"});
  reader.give(is_swish ? merged(reader, "Multiply", {value, sigmoid}) : sigmoid);
}

void read_onnx_clip(OnnxReader& reader) {
  using namespace onnx_elementwise;
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const OnnxView value = reader.input(0);
  const double least = limit(reader, 1, "min", -kNone), most = limit(reader, 2, "max", kNone);
  if (!(least < most)) throw InputError("its limits are {} and {}", least, most);
  const ActivationSpec relu{.kind = "relu"};
  if (least == -kNone && most == kNone) return reader.give(value);
  if (most == kNone) {  // relu(x - least) + least
    if (least == 0) return reader.give(activated_onnx(reader, value, relu));
    const OnnxView moved = rescaled_onnx(reader, value, 1, -least);
    return reader.give(rescaled_onnx(reader, activated_onnx(reader, moved, relu), 1, least));
  }
  if (least == -kNone) {  // most - relu(most - x)
    const OnnxView moved = rescaled_onnx(reader, value, -1, most);
    return reader.give(rescaled_onnx(reader, activated_onnx(reader, moved, relu), -1, most));
  }
  // hard_sigmoid goes from 0 to 1 between -3 and 3.
  const double width = most - least;
  const OnnxView moved = rescaled_onnx(reader, value, 6 / width, -6 * least / width - 3);
  const OnnxView cut = activated_onnx(reader, moved, {.kind = "hard_sigmoid"});
  reader.give(rescaled_onnx(reader, cut, width, least));
}

void read_onnx_prelu(OnnxReader& reader) {
  const OnnxView value = reader.input(0);
  const OnnxTensor slope = spread_onnx(reader, value, reader.constant(1));
  PReLU::Settings settings;
  for (std::size_t axis = 0; axis < slope.dims.size(); ++axis)
    if (slope.dims[axis] == 1) settings.shared_axes.push_back(static_cast<Index>(axis) + 1);
  OnnxView result = reader.add_like("PReLU", settings, value);
  std::vector<int> orders(slope.dims.size(), -1);
  if (slope.dims.back() > 1) orders.back() = value.order;
  reader.weight(result, "alpha", slope, orders);
  reader.give(result);
}

void read_onnx_softmax(OnnxReader& reader) {
  constexpr std::int64_t kOneAxis = 13;  // before, all axes from `axis` on were one
  const OnnxView value = reader.input(0);
  const bool is_old = reader.opset() < kOneAxis;
  const std::size_t axis =
      onnx_axis_of(reader.attribute<std::int64_t>("axis", is_old ? 1 : -1), value.axes.size());
  const OnnxInts dims = reader.dims(value);
  bool is_alone = true;
  for (std::size_t i = axis + 1; i < dims.size(); ++i) is_alone = is_alone && dims[i] == 1;
  if (reader.our_axis(value, axis) != value.sample.rank() || (is_old && !is_alone))
    throw InputError("it works along other axes than that of the channels");
  reader.give(activated_onnx(reader, value, {.kind = "softmax"}));
}

void read_onnx_arithmetic(OnnxReader& reader) {
  using namespace onnx_elementwise;
  if (reader.node().inputs.size() != 2) throw InputError("it has not got two inputs");
  const OnnxView one = reader.any_input(0), other = reader.any_input(1);
  if (one.constant || other.constant) {
    const bool is_first = one.constant != nullptr;
    const OnnxView& value = is_first ? other : one;
    const OnnxTensor& constant = is_first ? *one.constant : *other.constant;
    reader.give(value.is_layer() ? with_constant(reader, value, constant, is_first)
                                 : step_with_number(reader, value, constant, is_first));
    return;
  }
  if (!one.is_layer() || !other.is_layer()) return reader.give(joined_steps(reader, one, other));
  const std::string& op = reader.node().op;
  if (op == "Div") throw InputError("it divides by a layer's output");
  reader.give(merged(reader,
                     op == "Add"   ? "Add"
                     : op == "Sub" ? "Subtract"
                                   : "Multiply",
                     {one, other}));
}

void read_onnx_merge(OnnxReader& reader) {
  const std::string& op = reader.node().op;
  const std::vector<OnnxView> values = onnx_elementwise::all_inputs(reader);
  if (values.size() == 1) return reader.give(values[0]);
  if (values.empty()) throw InputError("it has no input");
  reader.give(onnx_elementwise::merged(reader,
                                       op == "Sum"    ? "Add"
                                       : op == "Mean" ? "Average"
                                                      : "Maximum",
                                       values));
}

void read_onnx_nothing(OnnxReader& reader) {
  const OnnxNode& node = reader.node();
  constexpr std::int64_t kFloat = 1;
  if (node.op == "Cast" && reader.attribute<std::int64_t>("to", 0) != kFloat)
    throw InputError("it casts a layer's output to another type than float");
  if (node.op == "Dropout")
    reader.note("Dropout " + onnx_quoted(node.name) +
                " was left out: it does nothing outside training.");
  if (node.op == "Neg") return reader.give(rescaled_onnx(reader, reader.input(0), -1, 0));
  reader.give(reader.any_input(0));
}

void read_onnx_erf(OnnxReader& reader) {
  const OnnxView value = reader.input(0);
  const std::optional<Index> source = reader.source(value, "Rescaling");
  const auto* rescaling =
      source ? std::any_cast<Rescaling::Settings>(&reader.settings(value)) : nullptr;
  if (!rescaling || rescaling->offset != 0 ||
      !onnx_elementwise::is_near(rescaling->scale, std::sqrt(0.5)))
    throw InputError("it is read as a part of a gelu alone, erf(x / sqrt(2))");
  OnnxView result = value;
  result.layer = *source;
  result.part = OnnxErf{};
  reader.give(result);
}

}  // namespace adjoint
