#include "models/onnx/read_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <cstdlib>
#include "framework/layers/batch_normalization.hpp"
#include "framework/layers/conv2d.hpp"
#include "framework/layers/conv2d_transpose.hpp"
#include "framework/layers/dense.hpp"
#include "framework/layers/depthwise_conv2d.hpp"
#include "framework/layers/group_normalization.hpp"
#include "framework/layers/layer_normalization.hpp"
#include "framework/layers/rescaling.hpp"
#include "framework/layers/separable_conv2d.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace onnx_steps {

/// The file's number of each of the sample's, whose axes the file has in the order `axes`.
std::vector<Index> file_order(const Shape& sample, const std::vector<int>& axes,
                              const std::vector<Index>& channels) {
  Index steps[Shape::kMaxRank] = {};
  Index step = 1;
  for (std::size_t i = axes.size(); i-- > 0;) {
    steps[axes[i] - 1] = step;
    step *= sample[axes[i] - 1];
  }
  std::vector<Index> order;
  Index place[Shape::kMaxRank] = {};
  for (Index i = 0; i < sample.size(); ++i) {
    Index from = 0;
    for (int axis = 0; axis < sample.rank(); ++axis) {
      const bool is_channel = axis == sample.rank() - 1 && !channels.empty();
      from += steps[axis] *
              (is_channel ? channels[static_cast<std::size_t>(place[axis])] : place[axis]);
    }
    order.push_back(from);
    for (int axis = sample.rank() - 1; axis >= 0; --axis) {
      if (++place[axis] < sample[axis]) break;
      place[axis] = 0;
    }
  }
  return order;
}

bool is_of_channels(const OnnxTensor& spread) {
  return static_cast<std::int64_t>(spread.size()) == spread.dims.back();
}

OnnxTensor vector_of(const OnnxTensor& tensor) {
  return {{static_cast<std::int64_t>(tensor.size())}, tensor.numbers};
}

/// gamma or beta of a normalization without, if `spread` fits it.
template <class Settings>
bool joined(OnnxReader& reader, const OnnxView& value, const std::string& type,
            const OnnxTensor& spread, const OnnxInts& extents, bool is_scale) {
  auto* settings = reader.own_settings<Settings>(value, type);
  if (!settings || settings->center || (is_scale && settings->scale)) return false;
  OnnxInts dims(spread.dims.end() - static_cast<std::ptrdiff_t>(extents.size()), spread.dims.end());
  std::int64_t size = 1;
  for (const std::int64_t extent : extents) size *= extent;
  if (dims != extents || static_cast<std::int64_t>(spread.size()) != size) return false;
  (is_scale ? settings->scale : settings->center) = true;
  std::vector<int> orders(extents.size(), -1);
  orders.back() = value.order;
  reader.weight(value, is_scale ? "gamma" : "beta", {extents, spread.numbers}, orders);
  return true;
}

bool joined_normalization(OnnxReader& reader, const OnnxView& value, const OnnxTensor& spread,
                          bool is_scale) {
  if (const auto* layer =
          reader.own_settings<LayerNormalization::Settings>(value, "LayerNormalization")) {
    OnnxInts extents;
    const int count = layer->axis.list.rank();
    for (int axis = value.sample.rank() - count; axis < value.sample.rank(); ++axis)
      extents.push_back(value.sample[axis]);
    return joined<LayerNormalization::Settings>(reader, value, "LayerNormalization", spread,
                                                extents, is_scale);
  }
  return joined<GroupNormalization::Settings>(reader, value, "GroupNormalization", spread,
                                              {value.sample.back()}, is_scale);
}

/// Gives the layer that makes a value a bias, if it has none and could.
template <class Settings>
bool biased(OnnxReader& reader, const OnnxView& value, const std::string& type,
            const OnnxTensor& spread) {
  auto* settings = reader.own_settings<Settings>(value, type);
  if (!settings || settings->use_bias) return false;
  settings->use_bias = true;
  reader.weight(value, "bias", vector_of(spread), {value.order});
  return true;
}

/// A factor and a shift for each channel, by a layer of their own.
OnnxView by_channels(OnnxReader& reader, const OnnxView& value, const OnnxTensor* factors,
                     const OnnxTensor* shifts) {
  const std::int64_t channels = value.sample.back();
  const auto filled = [&](float number) {
    return OnnxTensor{{channels}, std::vector<float>(static_cast<std::size_t>(channels), number)};
  };
  if (value.sample.rank() == 3) {
    OnnxView result = reader.add_like(
        "DepthwiseConv2D",
        DepthwiseConv2D::Settings{.kernel_size = {1, 1}, .use_bias = shifts != nullptr}, value);
    OnnxTensor kernel = factors ? vector_of(*factors) : filled(1);
    kernel.dims = {1, 1, channels, 1};
    reader.weight(result, "depthwise_kernel", kernel, {-1, -1, value.order, -1});
    if (shifts) reader.weight(result, "bias", vector_of(*shifts), {value.order});
    return result;
  }
  OnnxView result =
      reader.add_like("BatchNormalization", BatchNormalization::Settings{.epsilon = 0}, value);
  reader.weight(result, "gamma", factors ? vector_of(*factors) : filled(1), {value.order});
  reader.weight(result, "beta", shifts ? vector_of(*shifts) : filled(0), {value.order});
  reader.weight(result, "moving_mean", filled(0), {});
  reader.weight(result, "moving_variance", filled(1), {});
  return result;
}

[[noreturn]] void refuse_pixels() {
  throw InputError("its constant differs from pixel to pixel, for which there is no layer");
}

}  // namespace onnx_steps

double shortest_decimal(float number) {
  if (!std::isfinite(number)) throw InputError("its number {} is not finite", number);
  return std::strtod(fmt::format("{}", number).c_str(), nullptr);
}

OnnxView flattened_onnx(OnnxReader& reader, const OnnxView& value, Index most) {
  if (value.sample.rank() == 1 && value.axes.size() == 2) return value;
  std::vector<int> axes;
  if (value.axes.size() == 2 && value.axes[0] == std::vector<int>{0})
    for (const int axis : value.axes[1])
      if (axis > 0) axes.push_back(axis);
  for (int axis = 1; axis <= value.sample.rank(); ++axis)
    if (value.sample[axis - 1] == 1 && std::ranges::count(axes, axis) == 0) axes.push_back(axis);
  if (static_cast<int>(axes.size()) != value.sample.rank())
    throw InputError("its input has {} axes; expected (batch, numbers)", value.axes.size());
  const Index size = value.sample.size();
  if (size > most) throw InputError("its input has {} numbers; expected {}", size, most);
  std::vector<int> kept;
  for (const int axis : axes)
    if (value.sample[axis - 1] != 1) kept.push_back(axis);
  const std::vector<Index> channels = reader.orders().order(value.order);
  if (channels.empty()) reader.orders().settle_same(value.order);
  const bool is_same = channels.empty() && std::ranges::is_sorted(kept);
  if (!is_same) reader.charge(static_cast<std::size_t>(size));
  OnnxView flat = reader.add("Flatten", NoSettings{}, {value}, {size});
  flat.order = is_same
                   ? reader.orders().same()
                   : reader.orders().decided(onnx_steps::file_order(value.sample, axes, channels));
  flat.is_sole = value.is_sole;
  return flat;
}

OnnxView rescaled_onnx(OnnxReader& reader, const OnnxView& value, double factor, double offset) {
  if (!std::isfinite(factor) || !std::isfinite(offset))
    throw InputError("its constant is not finite");
  if (auto* before = reader.own_settings<Rescaling::Settings>(value, "Rescaling")) {
    before->scale *= factor;
    before->offset = before->offset * factor + offset;
    return value;
  }
  return reader.add_like("Rescaling", Rescaling::Settings{factor, offset}, value);
}

OnnxView activated_onnx(OnnxReader& reader, const OnnxView& value,
                        const ActivationSpec& activation) {
  return reader.add_like("Activation", ActivationSettings{activation}, value);
}

OnnxTensor spread_onnx(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant) {
  if (constant.dims.size() > value.axes.size())
    throw InputError("its constant has {} axes, and its input {}", constant.dims.size(),
                     value.axes.size());
  const std::size_t missing = value.axes.size() - constant.dims.size();
  const auto rank = static_cast<std::size_t>(value.sample.rank());
  OnnxTensor result{.numbers = constant.numbers};
  // The axes of the constant that are not 1, where ours stand.
  std::vector<std::int64_t> from(rank, -1);
  OnnxTensor squeezed{.numbers = constant.numbers};
  for (std::size_t i = 0; i < constant.dims.size(); ++i) {
    const std::int64_t extent = constant.dims[i];
    if (extent == 1) continue;
    const int axis = reader.our_axis(value, i + missing);
    if (axis < 1 || value.sample[axis - 1] != extent ||
        from[static_cast<std::size_t>(axis - 1)] >= 0)
      throw InputError("its constant has an axis of {} that fits none of its input's", extent);
    from[static_cast<std::size_t>(axis - 1)] = static_cast<std::int64_t>(squeezed.dims.size());
    squeezed.dims.push_back(extent);
  }
  OnnxInts order, dims(rank, 1);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (from[axis] < 0) continue;
    order.push_back(from[axis]);
    dims[axis] = value.sample[static_cast<int>(axis)];
  }
  result = transposed(squeezed, order);
  result.dims = dims;
  return result;
}

OnnxView multiplied_onnx(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant) {
  if (constant.size() == 1 && constant.dims.size() <= value.axes.size())
    return rescaled_onnx(reader, value, onnx_number(constant), 0);
  const OnnxTensor spread = spread_onnx(reader, value, constant);
  if (onnx_steps::joined_normalization(reader, value, spread, /*is_scale=*/true)) return value;
  if (!onnx_steps::is_of_channels(spread)) onnx_steps::refuse_pixels();
  return onnx_steps::by_channels(reader, value, &spread, nullptr);
}

OnnxView added_onnx(OnnxReader& reader, const OnnxView& value, const OnnxTensor& constant) {
  using namespace onnx_steps;
  const bool is_number = constant.size() == 1 && constant.dims.size() <= value.axes.size();
  const bool is_one_channel = value.sample.back() == 1;
  if (is_number && !is_one_channel) return rescaled_onnx(reader, value, 1, onnx_number(constant));
  const OnnxTensor spread = spread_onnx(reader, value, constant);
  if (joined_normalization(reader, value, spread, /*is_scale=*/false)) return value;
  if (!is_of_channels(spread)) refuse_pixels();
  if (biased<Conv2D::Settings>(reader, value, "Conv2D", spread) ||
      biased<Conv2DTranspose::Settings>(reader, value, "Conv2DTranspose", spread) ||
      biased<DepthwiseConv2D::Settings>(reader, value, "DepthwiseConv2D", spread) ||
      biased<Dense::Settings>(reader, value, "Dense", spread))
    return value;
  if (is_number) return rescaled_onnx(reader, value, 1, onnx_number(constant));
  return by_channels(reader, value, nullptr, &spread);
}

OnnxView normalized_onnx(OnnxReader& reader, const OnnxView& value, const std::vector<int>& axes,
                         double epsilon) {
  const int rank = value.sample.rank();
  int first = rank + 1;
  for (const int axis : axes)
    if (axis > 0 && value.sample[axis - 1] != 1) first = std::min(first, axis);
  first = std::min(first, rank);
  for (int axis = first; axis <= rank; ++axis)
    if (std::ranges::count(axes, axis) == 0 && value.sample[axis - 1] != 1)
      throw InputError(
          "it normalizes over axes that are not the last of (height, width, channels); expected "
          "the channels, rows of them, or a whole image");
  LayerNormalization::Settings settings{.epsilon = epsilon, .center = false, .scale = false};
  if (first < rank) {
    settings.axis.list = {};
    for (int axis = first; axis <= rank; ++axis) settings.axis.list.push_back(axis);
  }
  return reader.add_like("LayerNormalization", settings, value);
}

}  // namespace adjoint
