#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/layers/concatenate.hpp"
#include "framework/layers/cropping2d.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "framework/tensor/error.hpp"
#include "models/onnx/operator_table.hpp"
#include "models/onnx/read_steps.hpp"

namespace adjoint {
namespace onnx_shapes {

constexpr Index kMostTurned = 1 << 24;  // numbers of an image that is turned round as a vector

/// The value's axes joined and parted to give `target`, if none of ours is cut by it.
std::optional<std::vector<std::vector<int>>> regrouped(const OnnxView& value,
                                                       const OnnxInts& target) {
  std::vector<int> long_axes, ones;
  for (std::size_t i = 1; i < value.axes.size(); ++i)
    for (const int axis : value.axes[i])
      if (value.sample[axis - 1] != 1) long_axes.push_back(axis);
  for (int axis = 1; axis <= value.sample.rank(); ++axis)
    if (value.sample[axis - 1] == 1) ones.push_back(axis);
  std::vector<std::vector<int>> axes{{0}};
  std::size_t next = 0;
  for (std::size_t i = 1; i < target.size(); ++i) {
    std::vector<int>& group = axes.emplace_back();
    std::int64_t extent = 1;
    while (extent < target[i] && next < long_axes.size()) {
      extent *= value.sample[long_axes[next] - 1];  // at most the size of the sample
      group.push_back(long_axes[next++]);
    }
    if (extent != target[i]) return {};
  }
  if (next < long_axes.size()) return {};
  // Axes of one place have no place of their own; where they fit they are those of extent 1.
  if (std::ranges::count_if(axes, [](const auto& group) { return group.empty(); }) ==
      static_cast<std::ptrdiff_t>(ones.size())) {
    auto one = ones.begin();
    for (std::vector<int>& group : axes)
      if (group.empty()) group.push_back(*one++);
  }
  return axes;
}

bool is_in_our_order(const OnnxView& value) {
  std::vector<int> axes;
  for (const std::vector<int>& group : value.axes)
    for (const int axis : group)
      if (axis == 0 || value.sample[axis - 1] != 1) axes.push_back(axis);
  return std::ranges::is_sorted(axes);
}

/// Whether what takes an image that a vector became turns it round at once: then it is
/// (height, width, channels) so far.
bool is_channels_last(const OnnxReader& reader, const OnnxInts& target) {
  const std::vector<const OnnxNode*> takers = reader.takers();
  const auto turns = [](const OnnxNode* taker) {
    return taker && taker->op == "Transpose" &&
           onnx_attribute<OnnxInts>(*taker, "perm", {}) == OnnxInts{0, 3, 1, 2};
  };
  if (!takers.empty() && std::ranges::all_of(takers, turns)) return true;
  return !reader.is_channels_first() && target[1] != 1 && target[3] == 1;
}

bool is_for_instance_normalization(const OnnxReader& reader) {
  const std::vector<const OnnxNode*> takers = reader.takers();
  return !takers.empty() && std::ranges::all_of(takers, [](const OnnxNode* taker) {
    return taker && taker->op == "InstanceNormalization";
  });
}

/// A vector as an image whose file's order is (channels, height, width).
OnnxView image_of(OnnxReader& reader, const OnnxView& vector, const OnnxInts& target) {
  const Index channels = target[1], height = target[2], width = target[3], area = height * width;
  if (channels == 1 || area == 1) {
    reader.orders().settle_same(vector.order);
  } else {
    reader.orders().settle(vector.order, vector.sample[0],
                           [=](Index i) { return i % channels * area + i / channels; });
  }
  for (const Index extent : {height, width, channels}) reader.worked_out(extent);
  OnnxView image = reader.add("Reshape", Reshape::Settings{{height, width, channels}}, {vector},
                              {height, width, channels});
  image.order = reader.orders().same();
  return image;
}

/// The numbers of a value, which stand in our order, under another shape.
OnnxView reshaped(OnnxReader& reader, const OnnxView& value, const OnnxInts& target) {
  constexpr std::size_t kMostAxes = 5;
  if (!is_in_our_order(value) || target.size() > kMostAxes || target.size() < 2)
    throw InputError(
        "it cuts an axis of an image in two, or joins numbers in another order than (height, "
        "width, channels)");
  reader.orders().settle_same(value.order);
  Shape sample;
  for (std::size_t i = 1; i < target.size(); ++i) sample.push_back(reader.worked_out(target[i]));
  OnnxView result = reader.add("Reshape", Reshape::Settings{sample}, {value}, sample);
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (i == 0) result.axes.clear();
    result.axes.push_back({static_cast<int>(i)});
  }
  result.order = reader.orders().same();
  return result;
}

OnnxInts view_target(OnnxReader& reader, const OnnxInts& dims) {
  const std::string& op = reader.node().op;
  const auto rank = dims.size();
  if (op == "Reshape")
    return onnx_reshaped(dims,
                         reader.has_input(1) ? onnx_integers(reader.constant(1))
                                             : reader.attribute<OnnxInts>("shape", {}),
                         reader.attribute<std::int64_t>("allowzero", 0) != 0);
  if (op == "Flatten") {
    const auto axis = reader.attribute<std::int64_t>("axis", 1);
    if (onnx_axis_of(axis, rank) != 1) throw InputError("its axis is {}; expected 1", axis);
    return onnx_reshaped(dims, {0, -1}, false);
  }
  OnnxInts axes = reader.list(1, "axes");
  if (axes.size() > rank + 1) throw InputError("it names more axes than there are");
  OnnxInts target = dims;
  if (op == "Unsqueeze") {
    for (std::int64_t& axis : axes)
      axis = static_cast<std::int64_t>(onnx_axis_of(axis, rank + axes.size()));
    std::ranges::sort(axes);
    for (const std::int64_t axis : axes) {
      if (axis > static_cast<std::int64_t>(target.size()) || target.size() > 8)
        throw InputError("it adds an axis where there is no place");
      target.insert(target.begin() + axis, 1);
    }
    return target;
  }
  target.clear();
  for (std::size_t i = 0; i < rank; ++i) {
    const bool named =
        std::ranges::any_of(axes, [&](std::int64_t axis) { return onnx_axis_of(axis, rank) == i; });
    if (named && dims[i] != 1) throw InputError("it takes away an axis of {}", dims[i]);
    if (!(named || (axes.empty() && dims[i] == 1))) target.push_back(dims[i]);
  }
  return target;
}

OnnxView viewed(OnnxReader& reader, OnnxView value, const OnnxInts& target) {
  const OnnxInts dims = reader.dims(value);
  if (std::holds_alternative<OnnxGroups>(value.part)) {
    if (target != dims) throw InputError("it gives groups of channels another shape");
    value.part = {};
    return value;
  }
  if (value.axes[0] != std::vector<int>{0} || target.empty() || target[0] != dims[0])
    throw InputError("it joins the images of a batch");
  if (const auto axes = regrouped(value, target)) {
    value.axes = *axes;
    return value;
  }
  const bool is_vector = value.sample.rank() == 1 && value.axes.size() == 2;
  const bool may_be_groups = (reader.is_image(value) && value.axes.size() == 4) ||
                             (is_vector && is_for_instance_normalization(reader));
  if (target.size() == 3 && may_be_groups && target[1] > 0 &&
      value.sample.back() % target[1] == 0) {
    value.part = OnnxGroups{target[1]};
    return value;
  }
  if (is_vector && target.size() == 4 && !is_channels_last(reader, target))
    return image_of(reader, value, target);
  return reshaped(reader, value, target);
}

/// Rows and columns at the ends of an image's axes, by our axis.
struct Ends {
  Index before[2] = {0, 0}, after[2] = {0, 0};
  bool any() const { return before[0] || before[1] || after[0] || after[1]; }
  Padding padding() const { return {before[0], after[0], before[1], after[1]}; }
};

/// Our spatial axis, 1 or 2, of the file's. Throws InputError if it is none.
int spatial_axis(const OnnxReader& reader, const OnnxView& value, std::size_t axis) {
  const int ours = reader.our_axis(value, axis);
  if (value.sample.rank() != 3 || (ours != 1 && ours != 2))
    throw InputError(
        "it cuts or pads channels or the batch; only an image's height and width are cut or "
        "padded");
  return ours;
}

OnnxView cropped(OnnxReader& reader, const OnnxView& value, const Ends& ends) {
  if (!ends.any()) return value;
  Shape sample = value.sample;
  for (int i = 0; i < 2; ++i) {
    sample[i] -= ends.before[i] + ends.after[i];
    if (sample[i] < 1) throw InputError("it leaves nothing of its input");
  }
  OnnxView result = reader.add("Cropping2D", Cropping2D::Settings{ends.padding()}, {value}, sample);
  result.axes = value.axes;
  result.order = value.order;
  return result;
}

OnnxView padded(OnnxReader& reader, const OnnxView& value, const Ends& ends, Border border) {
  if (!ends.any()) return value;
  constexpr Index kMost = 1 << 30;
  Shape sample = value.sample;
  for (int i = 0; i < 2; ++i) {
    if (std::max(ends.before[i], ends.after[i]) > kMost) throw InputError("its pads are too large");
    sample[i] += ends.before[i] + ends.after[i];
  }
  OnnxView result =
      reader.add("ZeroPadding2D", ZeroPadding2D::Settings{ends.padding(), border}, {value}, sample);
  result.axes = value.axes;
  result.order = value.order;
  return result;
}

/// The outermost rows turned round, which only a symmetric border takes.
OnnxView strip(const OnnxReader& reader, OnnxView value, std::size_t axis, std::int64_t start,
               std::int64_t end) {
  const int ours = spatial_axis(reader, value, axis);
  const Index extent = value.sample[ours - 1];
  const auto place = [&](std::int64_t given) {
    return std::clamp<std::int64_t>(given < 0 ? given + extent : given, -1, extent - 1);
  };
  const Index first = place(start), last = place(end) + 1;  // from `first` down to `last`
  if (first < last || (first != extent - 1 && last != 0))
    throw InputError("it turns rows round that are not at the border");
  value.part = OnnxStrip{.axis = ours, .is_first = last == 0, .count = first - last + 1};
  return value;
}

/// A symmetric border, if that is what is joined.
std::optional<OnnxView> bordered(OnnxReader& reader, const std::vector<OnnxView>& values) {
  Ends ends;
  const OnnxView* inner = nullptr;
  for (const OnnxView& value : values) {
    if (value.layer != values[0].layer || value.constant) return {};
    const auto* part = std::get_if<OnnxStrip>(&value.part);
    if (!part && !value.is_layer()) return {};
    if (!part && inner) return {};
    if (!part) inner = &value;
    if (part) (inner ? ends.after : ends.before)[part->axis - 1] = part->count;
    // One that is as long as the image is both.
    if (part && part->is_first == (inner != nullptr) && part->count != value.sample[part->axis - 1])
      return {};
  }
  if (!inner || values.size() > 3) return {};
  OnnxView base = *inner;
  return padded(reader, base, ends, Border::symmetric);
}

}  // namespace onnx_shapes

void read_onnx_view(OnnxReader& reader) {
  using namespace onnx_shapes;
  const OnnxView& any = reader.any_input(0);
  const OnnxView value = std::holds_alternative<OnnxGroups>(any.part) ? any : reader.input(0);
  OnnxInts dims = reader.dims(value);
  reader.give(viewed(reader, value, view_target(reader, dims)));
}

void read_onnx_transpose(OnnxReader& reader) {
  OnnxView value = reader.input(0);
  OnnxInts reversed(value.axes.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto perm = reader.attribute<OnnxInts>("perm", reversed);
  if (!std::ranges::is_permutation(perm, reversed)) throw InputError("its perm names no order");
  std::vector<std::vector<int>> axes;
  for (const std::int64_t axis : perm) axes.push_back(value.axes[static_cast<std::size_t>(axis)]);
  value.axes = axes;
  reader.give(value);
}

void read_onnx_concat(OnnxReader& reader) {
  using namespace onnx_shapes;
  std::vector<OnnxView> values;
  for (std::size_t i = 0; i < reader.node().inputs.size(); ++i)
    values.push_back(reader.any_input(i));
  if (values.empty()) throw InputError("it has no input");
  if (const auto result = bordered(reader, values); result && values.size() > 1)
    return reader.give(*result);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = reader.input(i);
  if (values.size() == 1) return reader.give(values[0]);
  const std::size_t axis =
      onnx_axis_of(reader.attribute<std::int64_t>("axis", 1), values[0].axes.size());
  if (axis == 0) throw InputError("it joins batches");
  for (OnnxView& value : values)
    if (value.axes.size() == 2 && reader.our_axis(value, 1) != value.sample.rank())
      value = flattened_onnx(reader, value, kMostTurned);
  const int ours = reader.our_axis(values[0], axis), rank = values[0].sample.rank();
  Shape sample = values[0].sample;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const OnnxView& value = values[i];
    const bool fits = value.axes.size() == values[0].axes.size() && value.sample.rank() == rank &&
                      ours > 0 && reader.our_axis(value, axis) == ours;
    if (!fits) throw InputError("it joins values whose axes do not fit together");
    for (int other = 1; other <= rank; ++other)
      if (other != ours && value.sample[other - 1] != sample[other - 1])
        throw InputError("it joins values of different extents");
    if (i > 0) sample[ours - 1] += value.sample[ours - 1];
    if (ours == rank)
      reader.orders().settle_same(value.order);
    else
      reader.orders().unify(value.order, values[0].order);
  }
  OnnxView result =
      reader.add("Concatenate", Concatenate::Settings{.axis = ours == rank ? -1 : Index{ours}},
                 values, sample);
  result.axes = values[0].axes;
  result.order = ours == rank ? reader.orders().same() : values[0].order;
  reader.give(result);
}

void read_onnx_slice(OnnxReader& reader) {
  using namespace onnx_shapes;
  const OnnxView value = reader.input(0);
  const OnnxInts dims = reader.dims(value);
  const OnnxInts starts = reader.list(1, "starts"), ends = reader.list(2, "ends");
  OnnxInts axes = reader.list(3, "axes");
  const OnnxInts steps = reader.has_input(4) ? onnx_integers(reader.constant(4)) : OnnxInts{};
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (starts.size() > dims.size()) throw InputError("it names more axes than there are");
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      (!steps.empty() && steps.size() != starts.size()))
    throw InputError("its starts, ends, axes and steps are of different lengths");
  Ends cut;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = onnx_axis_of(axes[i], dims.size());
    const std::int64_t step = steps.empty() ? 1 : steps[i], extent = dims[axis];
    if (step == -1 && starts.size() == 1)
      return reader.give(strip(reader, value, axis, starts[0], ends[0]));
    const auto place = [&](std::int64_t given) {
      return std::clamp<std::int64_t>(given < 0 ? given + extent : given, 0, extent);
    };
    const Index before = place(starts[i]), after = extent - place(ends[i]);
    if (step != 1) throw InputError("its step is {}; expected 1", step);
    if (before == 0 && after == 0) continue;
    const int ours = spatial_axis(reader, value, axis);
    cut.before[ours - 1] = reader.worked_out(before);
    cut.after[ours - 1] = reader.worked_out(after);
  }
  reader.give(cropped(reader, value, cut));
}

void read_onnx_pad(OnnxReader& reader) {
  using namespace onnx_shapes;
  const OnnxView value = reader.input(0);
  const OnnxInts pads = reader.list(1, "pads");
  const auto mode = reader.attribute<std::string>("mode", "constant");
  const double filling =
      reader.has_input(2) ? onnx_number(reader.constant(2)) : reader.attribute<float>("value", 0);
  const std::size_t rank = value.axes.size();
  if (reader.has_input(3)) throw InputError("it names axes, which is not read");
  if (pads.size() != 2 * rank)
    throw InputError("its pads have {} numbers; expected {}", pads.size(), 2 * rank);
  Border border = Border::constant;
  if (mode == "reflect")
    border = Border::reflect;
  else if (mode == "edge")
    border = Border::replicate;
  else if (mode != "constant")
    throw InputError("its mode is not constant, reflect or edge");
  if (border == Border::constant && filling != 0)
    throw InputError("it pads with {}; only zeros are read", filling);
  Ends added, cut;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (pads[axis] == 0 && pads[axis + rank] == 0) continue;
    const int ours = spatial_axis(reader, value, axis) - 1;
    if (std::min(pads[axis], pads[axis + rank]) < -value.sample[ours])
      throw InputError("it leaves nothing of its input");
    added.before[ours] = reader.worked_out(std::max<Index>(pads[axis], 0));
    added.after[ours] = reader.worked_out(std::max<Index>(pads[axis + rank], 0));
    cut.before[ours] = reader.worked_out(std::max<Index>(-pads[axis], 0));
    cut.after[ours] = reader.worked_out(std::max<Index>(-pads[axis + rank], 0));
  }
  if (cut.any() && border != Border::constant) throw InputError("it cuts and mirrors at once");
  reader.give(cropped(reader, padded(reader, value, added, border), cut));
}

void read_onnx_resize(OnnxReader& reader) {
  using namespace onnx_shapes;
  constexpr std::int64_t kWithSizes = 11;  // before, scales were the second input, or an attribute
  const OnnxView value = reader.input(0);
  const OnnxInts dims = reader.dims(value);
  const bool is_old = reader.opset() < kWithSizes;
  const auto mode = reader.attribute<std::string>("mode", "nearest");
  const auto transformation = reader.attribute<std::string>("coordinate_transformation_mode",
                                                            is_old ? "asymmetric" : "half_pixel");
  const bool half_pixel = transformation == "half_pixel" || transformation == "pytorch_half_pixel";
  if (transformation == "align_corners")
    throw InputError("it resizes with align_corners; export the model with align_corners=False");
  if (!half_pixel && transformation != "asymmetric")
    throw InputError("its coordinate_transformation_mode is not half_pixel or asymmetric");
  if (reader.attribute<std::int64_t>("antialias", 0) != 0) throw InputError("it uses antialias");
  // How often each place is repeated.
  const auto factor = [&](std::size_t axis) -> Index {
    double number = 0;
    if (!is_old && reader.has_input(3)) {
      const OnnxInts& sizes = onnx_integers(reader.constant(3));
      if (sizes.size() != dims.size()) throw InputError("its sizes are too few or too many");
      number = static_cast<double>(sizes[axis]) / static_cast<double>(dims[axis]);
    } else {
      const std::size_t i = is_old ? 1 : 2;
      const auto scales = reader.has_input(i)
                              ? reader.constant(i)
                              : OnnxTensor{{}, reader.attribute<std::vector<float>>("scales", {})};
      if (scales.size() != dims.size()) throw InputError("its scales are too few or too many");
      number = onnx_number_at(scales, axis);
    }
    constexpr double kMost = 1 << 20;
    if (!(number >= 1 && number <= kMost) || number != std::floor(number))
      throw InputError("it enlarges by {}; expected whole factors", number);
    return reader.worked_out(static_cast<Index>(number));
  };
  UpSampling2D::Settings settings{.size = {1, 1}};
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    const Index times = factor(axis);
    if (times == 1) continue;
    (spatial_axis(reader, value, axis) == 1 ? settings.size.h : settings.size.w) = times;
  }
  if (settings.size == Extent2{1, 1}) return reader.give(value);
  if (mode == "nearest") {
    const auto rounding =
        reader.attribute<std::string>("nearest_mode", is_old ? "floor" : "round_prefer_floor");
    const bool is_rounded = rounding.starts_with("round_prefer");
    if (!(half_pixel && is_rounded) && !(!half_pixel && rounding == "floor"))
      throw InputError("its nearest_mode and coordinate_transformation_mode do not repeat pixels");
  } else if (mode == "linear" || mode == "bilinear") {
    if (!half_pixel)
      throw InputError("it interpolates with {}; expected half_pixel", transformation);
    settings.interpolation = NewPixels::bilinear;
  } else if (mode == "cubic") {
    const float slope = reader.attribute<float>("cubic_coeff_a", -0.75F);
    if (!half_pixel || slope != -0.5F || reader.attribute<std::int64_t>("exclude_outside", 0) != 1)
      throw InputError(
          "it interpolates by cubics of cubic_coeff_a = {}, which is another curve or border than "
          "the one here: half_pixel, -0.5 and exclude_outside",
          slope);
    settings.interpolation = NewPixels::bicubic;
  } else {
    throw InputError("its mode is not nearest, linear or cubic");
  }
  Shape sample = value.sample;
  for (int i = 0; i < 2; ++i)
    if (__builtin_mul_overflow(sample[i], i == 0 ? settings.size.h : settings.size.w, &sample[i]))
      throw InputError("its output is larger than any memory");
  OnnxView result = reader.add("UpSampling2D", settings, {value}, sample);
  result.axes = value.axes;
  result.order = value.order;
  reader.give(result);
}

void read_onnx_depth_to_space(OnnxReader& reader) {
  const OnnxView image = reader.image();
  const auto block = reader.attribute<std::int64_t>("blocksize", 0);
  const auto mode = reader.attribute<std::string>("mode", "DCR");
  constexpr std::int64_t kMostBlock = 1 << 15;
  if (block < 1 || block > kMostBlock || image.sample[2] % (block * block) != 0)
    throw InputError("its blocksize is {}, and its input has {} channels", block, image.sample[2]);
  if (mode != "DCR" && mode != "CRD") throw InputError("its mode is not DCR or CRD");
  const Index places = block * block, channels = image.sample[2] / places;
  if (mode == "DCR" || channels == 1 || block == 1)
    reader.orders().settle_same(image.order);
  else
    reader.orders().settle(image.order, image.sample[2],
                           [=](Index i) { return i % channels * places + i / channels; });
  OnnxView result = reader.add("DepthToSpace", DepthToSpace::Settings{block}, {image},
                               {image.sample[0] * block, image.sample[1] * block, channels});
  result.order = reader.orders().same();
  reader.give(result);
}

void read_onnx_space_to_depth(OnnxReader& reader) {
  const OnnxView image = reader.image();
  const auto block = reader.attribute<std::int64_t>("blocksize", 0);
  constexpr std::int64_t kMostBlock = 1 << 15;
  const Index channels = image.sample[2];
  const bool fits = block >= 1 && block <= kMostBlock && image.sample[0] % block == 0 &&
                    image.sample[1] % block == 0 && channels <= (Index{1} << 30) / (block * block);
  if (!fits)
    throw InputError("its blocksize is {}, and its input has {} channels and {}x{} pixels", block,
                     channels, image.sample[0], image.sample[1]);
  reader.orders().settle_same(image.order);
  OnnxView result =
      reader.add("SpaceToDepth", SpaceToDepth::Settings{block}, {image},
                 {image.sample[0] / block, image.sample[1] / block, channels * block * block});
  result.order = reader.orders().same();
  reader.give(result);
}

}  // namespace adjoint
