#include <fmt/format.h>
#include <fmt/ranges.h>

#include "framework/layers/cropping2d.hpp"
#include "framework/layers/depth_to_space.hpp"
#include "framework/layers/pooling2d.hpp"
#include "framework/layers/reshape.hpp"
#include "framework/layers/space_to_depth.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "framework/layers/zero_padding2d.hpp"
#include "models/pytorch/torch_writers.hpp"
#include "models/pytorch/vector_order.hpp"

namespace adjoint::torch_rows {

TorchCode reshape(const TorchUse& use) {
  const Shape& from = use.shapes.inputs[0];
  const Shape& to = use.output;
  const bool is_flatten = use.node.layer->type() == "Flatten";
  std::string x = use.inputs[0];
  TorchCode code;
  // Vectors in PyTorch's order need no permutation, nor do images of one channel.
  const bool same_order =
      (from.rank() == 3 && (use.output_order || (!use.open && is_flat(from)))) || from.rank() != 3;
  if (!same_order) x = channels_last(x);
  if (is_flatten) {
    code.call = x + ".flatten(1)";
    return code;
  }
  const bool from_vector = to.rank() == 3 && (use.input_order || (!use.open && is_flat(to)));
  if (from_vector) {
    code.call =
        fmt::format("{}.reshape(len({}), {}, {}, {})", x, use.inputs[0], to[2], to[0], to[1]);
    return code;
  }
  const Shape target = use.open ? settings_of<Reshape>(use).target_shape : to;
  code.call = fmt::format("{}.reshape(len({}), {})", x, use.inputs[0], fmt::join(target, ", "));
  if (to.rank() == 3) code.call = channels_first(code.call);
  return code;
}

namespace {

ConvGeometry window_geometry(const TorchUse& use, const Pooling2D::Settings& s) {
  const Shape& image = use.shapes.inputs[0];
  return ConvGeometry::from_image(
      {.kernel = s.pool_size, .stride = s.strides.value_or(s.pool_size), .padding = s.padding},
      {image[0], image[1], image[2]}, image[2]);
}

}  // namespace

TorchCode max_pooling2d(const TorchUse& use) {
  const auto& s = settings_of<Pooling2D>(use);
  const ConvGeometry g = window_geometry(use, s);
  TorchCode code;
  const WindowPadding padding =
      pad_window(use, code, g, s.padding, "-float(\"inf\")", {g.kernel.h / 2, g.kernel.w / 2});
  code.module =
      fmt::format("nn.MaxPool2d({}, stride={}{})", pair(g.kernel), pair(g.stride), padding.option);
  code.call = fmt::format("{}({})", use.module, padding.input);
  return code;
}

TorchCode average_pooling2d(const TorchUse& use) {
  const auto& s = settings_of<Pooling2D>(use);
  const ConvGeometry g = window_geometry(use, s);
  TorchCode code;
  const WindowPadding padding =
      pad_window(use, code, g, s.padding, "", {g.kernel.h / 2, g.kernel.w / 2});
  if (padding.input == use.inputs[0]) {
    const std::string inside = padding.option.empty() ? "" : ", count_include_pad=False";
    code.module = fmt::format("nn.AvgPool2d({}, stride={}{}{})", pair(g.kernel), pair(g.stride),
                              padding.option, inside);
    code.call = fmt::format("{}({})", use.module, use.inputs[0]);
    return code;
  }
  code.helpers.insert("average_inside");
  std::string sides_of_it = sides(g.padding);
  if (code.helpers.contains("same_padding"))
    sides_of_it =
        fmt::format("same_padding({}, {}, {})", use.inputs[0], tuple(g.kernel), tuple(g.stride));
  else if (use.open && s.padding.kind == PaddingRule::Kind::same)
    sides_of_it =
        sides({(g.kernel.h - 1) / 2, g.kernel.h / 2, (g.kernel.w - 1) / 2, g.kernel.w / 2});
  code.call = fmt::format("average_inside({}, {}, {}, {})", use.inputs[0], tuple(g.kernel),
                          tuple(g.stride), sides_of_it);
  return code;
}

TorchCode global_average_pooling2d(const TorchUse& use) {
  const std::string keep = use.output.rank() == 3 ? ", keepdim=True" : "";
  return {.module = "",
          .call = fmt::format("{}.mean((2, 3){})", use.inputs[0], keep),
          .helpers = {},
          .parameters = {}};
}

TorchCode global_max_pooling2d(const TorchUse& use) {
  // Over the flattened pixels: the gradient goes to the first of equal maxima.
  TorchCode code;
  code.call = fmt::format("{}.flatten(2).max(2)[0]", use.inputs[0]);
  if (use.output.rank() == 3) code.call += "[:, :, None, None]";
  return code;
}

TorchCode up_sampling2d(const TorchUse& use) {
  const auto& s = settings_of<UpSampling2D>(use);
  TorchCode code;
  if (s.interpolation == NewPixels::bicubic) {
    code.helpers.insert("bicubic");
    code.call = fmt::format("bicubic({}, {})", use.inputs[0], tuple(s.size));
    return code;
  }
  const bool linear = s.interpolation == NewPixels::bilinear;
  // torch multiplies by 1 / size in single precision, which may not round down for "nearest".
  const auto is_safe = [](Index size) {
    const double share = 1 / static_cast<double>(size);
    return static_cast<double>(static_cast<float>(share)) >= share;
  };
  if (!linear && !(is_safe(s.size.h) && is_safe(s.size.w))) {
    code.call = fmt::format("{}.repeat_interleave({}, 2).repeat_interleave({}, 3)", use.inputs[0],
                            s.size.h, s.size.w);
    return code;
  }
  code.module = fmt::format("nn.Upsample(scale_factor={}, mode=\"{}\"{})", pair(s.size),
                            name_of(s.interpolation), linear ? ", align_corners=False" : "");
  code.call = fmt::format("{}({})", use.module, use.inputs[0]);
  return code;
}

namespace {

/// A call of a function that the generated file holds.
TorchCode blocks_by(const char* function, const TorchUse& use, Index block_size) {
  return {.module = "",
          .call = fmt::format("{}({}, {})", function, use.inputs[0], block_size),
          .helpers = {function},
          .parameters = {}};
}

}  // namespace

TorchCode depth_to_space(const TorchUse& use) {
  return blocks_by("depth_to_space", use, settings_of<DepthToSpace>(use).block_size);
}

TorchCode space_to_depth(const TorchUse& use) {
  return blocks_by("space_to_depth", use, settings_of<SpaceToDepth>(use).block_size);
}

TorchCode zero_padding2d(const TorchUse& use) {
  const auto& s = settings_of<ZeroPadding2D>(use);
  TorchCode code;
  if (s.mode == Border::symmetric) {
    code.helpers.insert("symmetric_padding");
    code.call = fmt::format("symmetric_padding({}, {})", use.inputs[0], sides(s.padding));
    return code;
  }
  const std::string_view kind = s.mode == Border::constant  ? "Zero"
                                : s.mode == Border::reflect ? "Reflection"
                                                            : "Replication";
  code.module = fmt::format("nn.{}Pad2d({})", kind, sides(s.padding));
  code.call = fmt::format("{}({})", use.module, use.inputs[0]);
  return code;
}

TorchCode cropping2d(const TorchUse& use) {
  return {.module = "",
          .call = use.inputs[0] + cut(settings_of<Cropping2D>(use).cropping),
          .helpers = {},
          .parameters = {}};
}

}  // namespace adjoint::torch_rows
