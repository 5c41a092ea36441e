#include "models/pytorch/torch_writers.hpp"

#include <fmt/format.h>

#include "models/formats/tensor_layout.hpp"

namespace adjoint::torch_rows {

namespace {

/// "2:-1": what is left of an axis without its first and its last pixels.
std::string cut(Index before, Index after) {
  return (before > 0 ? fmt::format("{}", before) : "") + ":" +
         (after > 0 ? fmt::format("-{}", after) : "");
}

}  // namespace

// Python texts.

std::string pair(Extent2 pair) {
  return pair.h == pair.w ? fmt::format("{}", pair.h) : fmt::format("({}, {})", pair.h, pair.w);
}
std::string tuple(Extent2 pair) {
  return fmt::format("({}, {})", pair.h, pair.w);
}
std::string sides(const Padding& padding) {
  return fmt::format("({}, {}, {}, {})", padding.left, padding.right, padding.top, padding.bottom);
}
std::string number(double value) {
  return fmt::format("{}", value);
}
std::string option(std::string_view name, const std::string& value) {
  return fmt::format(", {}={}", name, value);
}
std::string cut(const Padding& by) {
  if (by == Padding{}) return "";
  return fmt::format("[:, :, {}, {}]", cut(by.top, by.bottom), cut(by.left, by.right));
}
std::string channels_last(const std::string& x) {
  return x + ".permute(0, 2, 3, 1)";
}
std::string channels_first(const std::string& x) {
  return x + ".permute(0, 3, 1, 2)";
}

// Parameters.

Index position(const TorchUse& use, std::size_t n) {
  return use.node.parameters.at(n);
}

TensorLayout kernel_layout(const Shape& k) {
  return {
      .split = {k[0], k[1], k[2], k[3]}, .axes = {3, 2, 0, 1}, .shape = {k[3], k[2], k[0], k[1]}};
}

TensorLayout vector_layout(Index size, const std::optional<Shape>& order) {
  if (!order) return same_layout({size});
  return {.split = {order->begin(), order->end()}, .axes = {2, 0, 1}, .shape = {size}};
}

TensorLayout matrix_layout(Index in, Index out, const TorchUse& use) {
  TensorLayout layout{.split = {}, .axes = {}, .shape = {out, in}};
  std::vector<std::size_t> of_in, of_out;
  const auto add = [&](Index size, const std::optional<Shape>& order,
                       std::vector<std::size_t>& axes) {
    const std::size_t first = layout.split.size();
    if (order) {
      layout.split.insert(layout.split.end(), order->begin(), order->end());
      axes = {first + 2, first, first + 1};
    } else {
      layout.split.push_back(size);
      axes = {first};
    }
  };
  add(in, use.input_order, of_in);
  add(out, use.output_order, of_out);
  layout.axes = of_out;
  layout.axes.insert(layout.axes.end(), of_in.begin(), of_in.end());
  return layout;
}

void add_scale_and_shift(TorchCode& code, const TorchUse& use, bool scale, bool center,
                         const TensorLayout& layout) {
  if (!scale && !center) return;
  std::size_t next = 0;
  code.parameters.push_back({.attribute = "weight",
                             .parameter = scale ? position(use, next++) : -1,
                             .constant = 1,
                             .layout = layout});
  code.parameters.push_back({.attribute = "bias",
                             .parameter = center ? position(use, next) : -1,
                             .constant = 0,
                             .layout = layout});
}

WindowPadding pad_window(const TorchUse& use, TorchCode& code, const ConvGeometry& g,
                         const PaddingRule& rule, const std::string& fill, Extent2 most) {
  const std::string& x = use.inputs[0];
  const std::string value = fill.empty() ? "" : option("value", fill);
  const Extent2 reach{g.dilation.h * (g.kernel.h - 1) + 1, g.dilation.w * (g.kernel.w - 1) + 1};
  // With a stride of 1, "same" adds as much to an image of any size.
  const bool depends_on_size =
      rule.kind == PaddingRule::Kind::same && use.open && (g.stride.h > 1 || g.stride.w > 1);
  if (depends_on_size) {
    code.helpers.insert("same_padding");
    std::string arguments = fmt::format("{}, {}, {}", x, tuple(g.kernel), tuple(g.stride));
    if (g.dilation != Extent2{}) arguments += ", " + tuple(g.dilation);
    return {"", fmt::format("F.pad({}, same_padding({}){})", x, arguments, value)};
  }
  Padding padding = g.padding;
  if (rule.kind == PaddingRule::Kind::same && use.open) {
    padding = {(reach.h - 1) / 2, reach.h / 2, (reach.w - 1) / 2, reach.w / 2};
  }
  if (padding == Padding{}) return {"", x};
  if (padding.top == padding.bottom && padding.left == padding.right && padding.top <= most.h &&
      padding.left <= most.w)
    return {option("padding", pair({padding.top, padding.left})), x};
  return {"", fmt::format("F.pad({}, {}{})", x, sides(padding), value)};
}

std::string along_channels(const TorchUse& use) {
  const std::string& x = use.inputs[0];
  if (use.shapes.inputs[0].rank() != 3) return fmt::format("{}({})", use.module, x);
  return channels_first(fmt::format("{}({})", use.module, channels_last(x)));
}

}  // namespace adjoint::torch_rows
