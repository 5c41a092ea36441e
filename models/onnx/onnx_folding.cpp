#include "models/onnx/onnx_folding.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "framework/tensor/error.hpp"
#include "models/onnx/onnx_names.hpp"

namespace adjoint {
namespace onnx_folding {

// Shapes and paddings have a few numbers, and weights are only turned round.
constexpr std::int64_t kMostNumbers = 1 << 14;
constexpr std::size_t kMostAxes = 16;
using Inputs = std::vector<const OnnxTensor*>;

std::int64_t product(const OnnxInts& dims) {
  std::int64_t size = 1;
  bool is_empty = false;
  for (const std::int64_t extent : dims) {
    is_empty = is_empty || extent == 0;
    if (extent < 0 || __builtin_mul_overflow(size, std::max<std::int64_t>(extent, 1), &size))
      throw InputError("its result would have too many numbers");
  }
  return is_empty ? 0 : size;
}

const OnnxTensor& operand(const Inputs& inputs, std::size_t i) {
  if (i >= inputs.size() || !inputs[i]) throw InputError("its input {} is missing", i + 1);
  return *inputs[i];
}

/// An input that became one with opset 13 and was an attribute before.
OnnxInts list(const OnnxNode& node, const Inputs& inputs, std::size_t i, const std::string& name) {
  if (i < inputs.size() && inputs[i]) return onnx_integers(*inputs[i]);
  return onnx_attribute<OnnxInts>(node, name, {});
}

/// Places `at` of an axis.
OnnxTensor taken(const OnnxTensor& from, std::size_t axis, const OnnxInts& at) {
  OnnxTensor result{.dims = from.dims};
  result.dims[axis] = static_cast<std::int64_t>(at.size());
  if (product(result.dims) > kMostNumbers) throw InputError("its result has too many numbers");
  std::int64_t inner = 1, outer = 1;
  for (std::size_t i = 0; i < from.dims.size(); ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : from.dims[i];
  std::visit(
      [&](const auto& numbers) {
        std::decay_t<decltype(numbers)> chosen;
        for (std::int64_t o = 0; o < outer; ++o) {
          for (const std::int64_t place : at) {
            const auto first = numbers.begin() + (o * from.dims[axis] + place) * inner;
            chosen.insert(chosen.end(), first, first + inner);
          }
        }
        result.numbers = std::move(chosen);
      },
      from.numbers);
  return result;
}

OnnxTensor gather(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor &data = operand(inputs, 0), &indices = operand(inputs, 1);
  const std::size_t axis =
      onnx_axis_of(onnx_attribute<std::int64_t>(node, "axis", 0), data.dims.size());
  OnnxInts at;
  for (const std::int64_t index : onnx_integers(indices)) {
    const std::int64_t extent = data.dims[axis];
    if (index < -extent || index >= extent)
      throw InputError("it takes place {} of {}", index, extent);
    at.push_back(index < 0 ? index + extent : index);
  }
  OnnxTensor result = taken(data, axis, at);
  result.dims.erase(result.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  result.dims.insert(result.dims.begin() + static_cast<std::ptrdiff_t>(axis), indices.dims.begin(),
                     indices.dims.end());
  if (result.dims.size() > kMostAxes) throw InputError("its result has too many axes");
  return result;
}

OnnxTensor slice(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = operand(inputs, 0);
  const OnnxInts starts = list(node, inputs, 1, "starts"), ends = list(node, inputs, 2, "ends");
  OnnxInts axes = list(node, inputs, 3, "axes");
  const OnnxInts steps = inputs.size() > 4 && inputs[4] ? onnx_integers(*inputs[4]) : OnnxInts{};
  for (std::size_t i = axes.size(); i < starts.size(); ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  if (starts.size() > result.dims.size()) throw InputError("it names more axes than there are");
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      (!steps.empty() && steps.size() != starts.size()))
    throw InputError("its starts, ends, axes and steps are of different lengths");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = onnx_axis_of(axes[i], result.dims.size());
    result =
        taken(result, axis,
              onnx_sliced(starts[i], ends[i], steps.empty() ? 1 : steps[i], result.dims[axis]));
  }
  return result;
}

OnnxTensor concat(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = operand(inputs, 0);
  const std::size_t axis =
      onnx_axis_of(onnx_attribute<std::int64_t>(node, "axis", 0), result.dims.size());
  if (axis != 0) throw InputError("it joins constants along axis {}; expected 0", axis);
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const OnnxTensor& more = operand(inputs, i);
    OnnxInts one = result.dims, other = more.dims;
    if (other.size() != one.size() || more.is_integer() != result.is_integer())
      throw InputError("its constants do not fit together");
    one[0] = other[0] = 0;
    if (one != other) throw InputError("its constants do not fit together");
    result.dims[0] += more.dims[0];
    if (product(result.dims) > kMostNumbers) throw InputError("its result has too many numbers");
    std::visit(
        [&](auto& numbers) {
          const auto& added = std::get<std::decay_t<decltype(numbers)>>(more.numbers);
          numbers.insert(numbers.end(), added.begin(), added.end());
        },
        result.numbers);
  }
  return result;
}

OnnxTensor unsqueezed(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = operand(inputs, 0);
  OnnxInts axes = list(node, inputs, 1, "axes");
  if (axes.size() + result.dims.size() > kMostAxes) throw InputError("it adds too many axes");
  const std::size_t rank = result.dims.size() + axes.size();
  for (std::int64_t& axis : axes) axis = static_cast<std::int64_t>(onnx_axis_of(axis, rank));
  std::ranges::sort(axes);
  for (const std::int64_t axis : axes) {
    if (axis > static_cast<std::int64_t>(result.dims.size()))
      throw InputError("its axes are wrong");
    result.dims.insert(result.dims.begin() + axis, 1);
  }
  return result;
}

OnnxTensor squeezed(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = operand(inputs, 0);
  const OnnxInts axes = list(node, inputs, 1, "axes");
  if (axes.size() > result.dims.size()) throw InputError("it names more axes than there are");
  OnnxInts dims;
  for (std::size_t i = 0; i < result.dims.size(); ++i) {
    const bool named = std::ranges::any_of(
        axes, [&](std::int64_t axis) { return onnx_axis_of(axis, result.dims.size()) == i; });
    if (named && result.dims[i] != 1)
      throw InputError("it takes away an axis of {}", result.dims[i]);
    if (!(named || (axes.empty() && result.dims[i] == 1))) dims.push_back(result.dims[i]);
  }
  result.dims = dims;
  return result;
}

OnnxTensor filled(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result{.dims = onnx_integers(operand(inputs, 0))};
  const std::int64_t size = product(result.dims);
  if (size > kMostNumbers || result.dims.size() > kMostAxes)
    throw InputError("it makes too many numbers");
  const auto value =
      onnx_attribute<OnnxTensor>(node, "value", OnnxTensor{{1}, std::vector<float>{0}});
  if (value.size() != 1) throw InputError("its value is not one number");
  std::visit(
      [&](const auto& numbers) {
        result.numbers =
            std::decay_t<decltype(numbers)>(static_cast<std::size_t>(size), numbers[0]);
      },
      value.numbers);
  return result;
}

OnnxTensor cast(const OnnxNode& node, const Inputs& inputs) {
  constexpr std::int64_t kFloat = 1, kInt32 = 6, kInt64 = 7, kBool = 9, kDouble = 11;
  const OnnxTensor& from = operand(inputs, 0);
  const auto to = onnx_attribute<std::int64_t>(node, "to", 0);
  OnnxTensor result{.dims = from.dims};
  if (to == kFloat || to == kDouble) {
    if (!from.is_integer()) return from;
    result.numbers = std::vector<float>(from.integers().begin(), from.integers().end());
  } else if (to == kInt64 || to == kInt32) {
    if (from.is_integer()) return from;
    OnnxInts integers;
    for (const float number : from.floats()) {
      if (!(std::abs(number) < 1e15F)) throw InputError("{} is no integer", number);
      integers.push_back(static_cast<std::int64_t>(number));
    }
    result.numbers = std::move(integers);
  } else {
    throw InputError("it casts to the type {}; expected {}, {}, {} or {}{}", to, kFloat, kInt32,
                     kInt64, kDouble, to == kBool ? " (not booleans)" : "");
  }
  return result;
}

std::int64_t integer_result(const std::string& op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  const bool too_large = op == "Add"   ? __builtin_add_overflow(a, b, &result)
                         : op == "Sub" ? __builtin_sub_overflow(a, b, &result)
                         : op == "Mul" ? __builtin_mul_overflow(a, b, &result)
                                       : false;
  if (too_large) throw InputError("its result is too large");
  if (op != "Div") return result;
  if (b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min()))
    throw InputError("it divides {} by {}", a, b);
  return a / b;
}

float float_result(const std::string& op, float a, float b) {
  return op == "Add" ? a + b : op == "Sub" ? a - b : op == "Mul" ? a * b : a / b;
}

/// Two constants of one shape, or one of them a single number.
OnnxTensor arithmetic(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor &a = operand(inputs, 0), &b = operand(inputs, 1);
  if (a.is_integer() != b.is_integer()) throw InputError("its constants are of two types");
  if (a.dims != b.dims && a.size() != 1 && b.size() != 1)
    throw InputError("its constants have different shapes");
  const OnnxTensor& larger = a.dims.size() >= b.dims.size() && a.size() >= b.size() ? a : b;
  const std::size_t size = std::min(a.size(), b.size()) == 0 ? 0 : std::max(a.size(), b.size());
  if (size > static_cast<std::size_t>(kMostNumbers)) throw InputError("it has too many numbers");
  if (larger.size() != size) throw InputError("its constants have different shapes");
  OnnxTensor result{.dims = larger.dims};
  const auto at = [](const auto& numbers, std::size_t i) {
    return numbers[numbers.size() == 1 ? 0 : i];
  };
  if (a.is_integer()) {
    OnnxInts numbers;
    for (std::size_t i = 0; i < size; ++i)
      numbers.push_back(integer_result(node.op, at(a.integers(), i), at(b.integers(), i)));
    result.numbers = std::move(numbers);
  } else {
    std::vector<float> numbers;
    for (std::size_t i = 0; i < size; ++i)
      numbers.push_back(float_result(node.op, at(a.floats(), i), at(b.floats(), i)));
    result.numbers = std::move(numbers);
  }
  return result;
}

OnnxTensor rounded(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = operand(inputs, 0);
  if (result.is_integer()) return result;
  std::vector<float> numbers = result.floats();
  for (float& number : numbers)
    number = node.op == "Floor" ? std::floor(number) : std::ceil(number);
  result.numbers = std::move(numbers);
  return result;
}

OnnxTensor reshape(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = operand(inputs, 0);
  result.dims = onnx_reshaped(result.dims, onnx_integers(operand(inputs, 1)),
                              onnx_attribute<std::int64_t>(node, "allowzero", 0) != 0);
  return result;
}

OnnxTensor transpose(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& from = operand(inputs, 0);
  OnnxInts reversed(from.dims.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto axes = onnx_attribute<OnnxInts>(node, "perm", reversed);
  if (!std::ranges::is_permutation(axes, reversed)) throw InputError("its perm names no order");
  return transposed(from, axes);
}

OnnxTensor constant(const OnnxNode& node, const Inputs&) {
  const auto found = node.attributes.empty() ? node.attributes.end() : node.attributes.begin();
  if (node.attributes.size() == 1) {
    if (const auto* tensor = std::get_if<OnnxTensor>(&found->second)) return *tensor;
    if (const auto* number = std::get_if<float>(&found->second))
      return {{}, std::vector<float>{*number}};
    if (const auto* integer = std::get_if<std::int64_t>(&found->second))
      return {{}, OnnxInts{*integer}};
    if (const auto* numbers = std::get_if<std::vector<float>>(&found->second))
      return {{static_cast<std::int64_t>(numbers->size())}, *numbers};
    if (const auto* integers = std::get_if<OnnxInts>(&found->second))
      return {{static_cast<std::int64_t>(integers->size())}, *integers};
  }
  throw InputError("it holds no number");
}

struct Row {
  std::string_view op;
  OnnxTensor (*fold)(const OnnxNode& node, const Inputs& inputs);
};
constexpr Row kRows[] = {
    {"Constant", constant},
    {"Identity", [](const OnnxNode&, const Inputs& inputs) { return operand(inputs, 0); }},
    {"Gather", gather},
    {"Slice", slice},
    {"Concat", concat},
    {"Unsqueeze", unsqueezed},
    {"Squeeze", squeezed},
    {"ConstantOfShape", filled},
    {"Cast", cast},
    {"Add", arithmetic},
    {"Sub", arithmetic},
    {"Mul", arithmetic},
    {"Div", arithmetic},
    {"Floor", rounded},
    {"Ceil", rounded},
    {"Reshape", reshape},
    {"Transpose", transpose},
};

}  // namespace onnx_folding

std::optional<OnnxTensor> fold_onnx(const OnnxNode& node,
                                    const std::vector<const OnnxTensor*>& inputs) {
  const auto* const row = std::ranges::find(onnx_folding::kRows, node.op, &onnx_folding::Row::op);
  if (row == std::end(onnx_folding::kRows)) return {};
  return row->fold(node, inputs);
}

std::size_t onnx_axis_of(std::int64_t axis, std::size_t rank) {
  const auto axes = static_cast<std::int64_t>(rank);
  if (axis < -axes || axis >= axes) throw InputError("it names axis {} of {}", axis, axes);
  return static_cast<std::size_t>(axis < 0 ? axis + axes : axis);
}

OnnxInts onnx_reshaped(const OnnxInts& dims, const OnnxInts& target, bool zero_is_zero) {
  const std::int64_t size = onnx_folding::product(dims);
  if (target.size() > onnx_folding::kMostAxes) throw InputError("its result has too many axes");
  OnnxInts result = target;
  std::int64_t known = 1;
  std::int64_t* unknown = nullptr;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == 0 && !zero_is_zero) {
      if (i >= dims.size()) throw InputError("it copies axis {} of {}", i, dims.size());
      result[i] = dims[i];
    }
    if (result[i] == -1 && !unknown) {
      unknown = &result[i];
    } else if (result[i] < 0 || __builtin_mul_overflow(known, result[i], &known)) {
      throw InputError("it gives an axis the extent {}", result[i]);
    }
  }
  if (unknown && known > 0) *unknown = size / known;
  if (onnx_folding::product(result) != size)
    throw InputError("it gives {} numbers a shape for {}", size, onnx_folding::product(result));
  return result;
}

OnnxInts onnx_sliced(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent) {
  if (step == 0 || step == std::numeric_limits<std::int64_t>::min())
    throw InputError("its step is {}", step);
  const auto place = [&](std::int64_t given, std::int64_t least, std::int64_t most) {
    const std::int64_t counted = given < 0 ? given + extent : given;  // of two signs: no overflow
    return std::clamp(counted, least, most);
  };
  OnnxInts at;
  if (step > 0) {
    const std::int64_t last = place(end, 0, extent);
    for (std::int64_t i = place(start, 0, extent); i < last;) {
      at.push_back(i);
      if (__builtin_add_overflow(i, step, &i)) break;
      if (at.size() > static_cast<std::size_t>(onnx_folding::kMostNumbers))
        throw InputError("it takes too many numbers");
    }
    return at;
  }
  const std::int64_t last = place(end, -1, extent - 1);
  for (std::int64_t i = place(start, -1, extent - 1); i > last;) {
    at.push_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
    if (at.size() > static_cast<std::size_t>(onnx_folding::kMostNumbers))
      throw InputError("it takes too many numbers");
  }
  return at;
}

template <class T>
T onnx_attribute(const OnnxNode& node, const std::string& name, T fallback) {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return fallback;
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw InputError("its attribute {} is of another type than expected", onnx_quoted(name));
}
template std::int64_t onnx_attribute(const OnnxNode&, const std::string&, std::int64_t);
template float onnx_attribute(const OnnxNode&, const std::string&, float);
template std::string onnx_attribute(const OnnxNode&, const std::string&, std::string);
template OnnxInts onnx_attribute(const OnnxNode&, const std::string&, OnnxInts);
template std::vector<float> onnx_attribute(const OnnxNode&, const std::string&, std::vector<float>);
template OnnxTensor onnx_attribute(const OnnxNode&, const std::string&, OnnxTensor);

const OnnxInts& onnx_integers(const OnnxTensor& tensor) {
  if (!tensor.is_integer()) throw InputError("it takes integers, and got floats");
  return tensor.integers();
}

double onnx_number_at(const OnnxTensor& tensor, std::size_t i) {
  return tensor.is_integer() ? static_cast<double>(tensor.integers()[i]) : tensor.floats()[i];
}

double onnx_number(const OnnxTensor& tensor) {
  if (tensor.size() != 1) throw InputError("it takes one number, and got {}", tensor.size());
  return onnx_number_at(tensor, 0);
}

}  // namespace adjoint
