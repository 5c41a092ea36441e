#include "inference/inspection/explain/explanation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "inference/inspection/explain/text_grid.hpp"

namespace adjoint {
namespace {

/// One axis of a geometry, for the formulas.
struct Axis {
  std::string_view name;
  std::string_view before;
  std::string_view after;
  Index image, features, kernel, stride, dilation, pad_before, pad_after, output_padding;
  Index zeros, new_before, new_after;  // of the zero-insertion view
};

Axis vertical(const Explanation& e) {
  const ConvGeometry& g = e.geometry;
  const ZeroInsertion& z = e.zero_insertion;
  return {"height",           "above",    "below",       g.image.h,       g.features.h,
          g.kernel.h,         g.stride.h, g.dilation.h,  g.padding.top,   g.padding.bottom,
          e.output_padding_h, z.zeros.h,  z.padding.top, z.padding.bottom};
}

Axis horizontal(const Explanation& e) {
  const ConvGeometry& g = e.geometry;
  const ZeroInsertion& z = e.zero_insertion;
  return {"width",
          "left",
          "right",
          g.image.w,
          g.features.w,
          g.kernel.w,
          g.stride.w,
          g.dilation.w,
          g.padding.left,
          g.padding.right,
          e.output_padding_w,
          z.zeros.w,
          z.padding.left,
          z.padding.right};
}

std::string features_formula(const Axis& a) {
  return fmt::format("  {:<6}  floor(({} + {} + {} - {}*({} - 1) - 1) / {}) + 1 = {}\n", a.name,
                     a.image, a.pad_before, a.pad_after, a.dilation, a.kernel, a.stride,
                     a.features);
}

std::string image_formula(const Axis& a) {
  return fmt::format("  {:<6}  ({} - 1)*{} + {}*({} - 1) + 1 - {} - {} + {} = {}\n", a.name,
                     a.features, a.stride, a.dilation, a.kernel, a.pad_before, a.pad_after,
                     a.output_padding, a.image);
}

std::string sizes_text(const Explanation& e) {
  const ConvGeometry& g = e.geometry;
  std::string text = fmt::format(
      "Kernel {}x{}, stride {}x{}, dilation {}x{}, padding {} {} {} {} (top bottom left right)\n\n",
      g.kernel.h, g.kernel.w, g.stride.h, g.stride.w, g.dilation.h, g.dilation.w, g.padding.top,
      g.padding.bottom, g.padding.left, g.padding.right);
  if (e.is_conv()) {
    text +=
        "Size: features = floor((image + pad_before + pad_after - dilation*(kernel - 1) - 1) / "
        "stride) + 1\n";
    return text + features_formula(vertical(e)) + features_formula(horizontal(e));
  }
  text +=
      "Size: image = (features - 1)*stride + dilation*(kernel - 1) + 1 - pad_before - pad_after + "
      "output_padding\n";
  return text + image_formula(vertical(e)) + image_formula(horizontal(e));
}

std::string numbers_text(const Explanation& e) {
  const std::string kernel = fmt::format("\nThe kernel\n{}", grid_text(view(e.kernel)));
  if (e.is_conv())
    return kernel + fmt::format(
                        "\nThe image\n{}\nThe features: each is the sum of the window's pixels "
                        "times the kernel\n{}",
                        grid_text(view(e.image)), grid_text(view(e.features)));
  return kernel +
         fmt::format(
             "\nThe features\n{}\nThe image: each feature stamps the kernel, times itself, "
             "and stamps add up\n{}",
             grid_text(view(e.features)), grid_text(view(e.image)));
}

std::string identity_text(const Explanation& e) {
  if (!e.a_at_is_identity && !e.at_a_is_identity)
    return "\nNeither is an identity: the transposed convolution restores the shape that the "
           "convolution\ntook, not the values. It is the adjoint, not the inverse.\n";
  if (e.a_at_is_identity && e.at_a_is_identity)
    return "\nBoth are identities: for this kernel the transpose is the inverse too.\n";
  return fmt::format("\n{} is an identity for this kernel, {} is not.\n",
                     e.a_at_is_identity ? "A A^T" : "A^T A",
                     e.a_at_is_identity ? "A^T A" : "A A^T");
}

/// The layer's own matrix first, then the others, each with what it is shown for.
std::string matrix_text(const Explanation& e) {
  const Index features = shape_of(e.a)[0], pixels = shape_of(e.a)[1];
  const Tensor at = xt::transpose(e.a);
  const std::string size = fmt::format("{}x{}", features, pixels);
  const std::string turned = fmt::format("{}x{}", pixels, features);
  std::string text;
  if (e.is_conv()) {
    text += fmt::format(
        "\nThe matrix A ({}): features = A image, both written row by row as one column\n{}", size,
        grid_text(view(e.a)));
    text += fmt::format(
        "\nIts transpose A^T ({}): the Conv2DTranspose of the same geometry, and the gradient of "
        "this\nlayer's input: image gradient = A^T feature gradient\n{}",
        turned, grid_text(view(at)));
  } else {
    text += fmt::format(
        "\nThe matrix A^T ({}): image = A^T features, both written row by row as one column\n{}",
        turned, grid_text(view(at)));
    text += fmt::format(
        "\nIts transpose A ({}): the Conv2D of the same geometry, and the gradient of this "
        "layer's\ninput: feature gradient = A image gradient\n{}",
        size, grid_text(view(e.a)));
  }
  text +=
      "\nDoes one undo the other? Then a product of the two would be an identity: ones on the "
      "diagonal,\nzeros elsewhere.\n";
  text += fmt::format("\nA A^T ({0}x{0}): Conv2DTranspose, then Conv2D\n{1}", features,
                      grid_text(view(e.a_at)));
  text += fmt::format("\nA^T A ({0}x{0}): Conv2D, then Conv2DTranspose\n{1}", pixels,
                      grid_text(view(e.at_a)));
  return text + identity_text(e);
}

/// Number of zeros on one side: "p' = k - p - 1 = 3 - 0 - 1 = 2".
std::string new_padding_text(const Axis& a, Index old_padding, Index new_padding, Index extra) {
  const std::string more = extra > 0 ? fmt::format(" + {}", extra) : "";
  const std::string more_name = extra > 0 ? " + output_padding" : "";
  if (a.dilation == 1)
    return fmt::format("p' = k - p - 1{} = {} - {} - 1{} = {}", more_name, a.kernel, old_padding,
                       more, new_padding);
  return fmt::format("p' = d(k - 1) - p{} = {}*({} - 1) - {}{} = {}", more_name, a.dilation,
                     a.kernel, old_padding, more, new_padding);
}

std::string insertion_line(const Axis& a) {
  return fmt::format("  {:<6}  z = s - 1 = {} - 1 = {};  {} {};  {} {}\n", a.name, a.stride,
                     a.zeros, a.before, new_padding_text(a, a.pad_before, a.new_before, 0), a.after,
                     new_padding_text(a, a.pad_after, a.new_after, a.output_padding));
}

ConstView as_matrix(const Tensor& nhwc) {
  const Shape shape = shape_of(nhwc);
  return view(nhwc).reshaped({shape[1], shape[2]});
}

std::string zero_insertion_text(const Explanation& e) {
  const ZeroInsertion& z = e.zero_insertion;
  std::string text =
      "\nThe transposed convolution as an ordinary one: z zeros between neighbouring features, p' "
      "around\nthem (negative: cropped), then stride 1 with the kernel turned by 180 degrees\n";
  text += insertion_line(vertical(e)) + insertion_line(horizontal(e));
  text += fmt::format("\nThe features, spread and padded\n{}", grid_text(as_matrix(z.spread)));
  const ConstView turned(z.kernel.data(), shape_of(e.kernel));
  text += fmt::format("\nThe kernel, turned\n{}", grid_text(turned));
  text += fmt::format("\nTheir convolution\n{}", grid_text(view(e.transposed_by_insertion)));
  if (e.largest_difference == 0)
    return text + "\nChecked: A^T features is the same, number by number.\n";
  return text + fmt::format("\nChecked: A^T features differs by {:.2g} at most, by rounding.\n",
                            e.largest_difference);
}

/// Kernel taps that the pixels of one stride get, without borders, by their place in it.
std::vector<Index> taps_by_place(const Axis& a) {
  std::vector<Index> taps(static_cast<std::size_t>(a.stride));
  for (Index tap = 0; tap < a.kernel; ++tap)
    ++taps[static_cast<std::size_t>(tap * a.dilation % a.stride)];
  return taps;
}

/// Whether a stride spreads its kernel evenly, and what does if it does not.
std::string checkerboard_text(const Explanation& e) {
  const ConvGeometry& g = e.geometry;
  if (e.is_conv() || (g.stride.h == 1 && g.stride.w == 1)) return "";
  const std::vector<Index> down = taps_by_place(vertical(e)), right = taps_by_place(horizontal(e));
  const auto even = [](const std::vector<Index>& taps) {
    return std::ranges::all_of(taps, [&](Index t) { return t == taps.front(); });
  };
  std::string text = fmt::format(
      "\nTaps of the kernel that a pixel inside the image gets, by its place in the stride\n"
      "  height  {}\n  width   {}\n",
      fmt::join(down, " "), fmt::join(right, " "));
  if (even(down) && even(right))
    return text +
           "Every pixel gets as many: with equal weights, flat features give a flat image.\n";
  return text +
         "Some get more than others, which shows as a checkerboard in flat areas (Odena et al. "
         "2016) "
         "unless\ntraining balances the weights. A kernel that is a multiple of the stride, "
         "UpSampling2D and Conv2D, or\nConv2D and DepthToSpace treat all pixels alike. adjoint "
         "inspect measures it in a model.\n";
}

nlohmann::json number_json(Real value) {
  constexpr Real kExact = 1 << 24;
  if (std::trunc(value) == value && std::abs(value) <= kExact) return static_cast<Index>(value);
  return value;
}

nlohmann::json matrix_json(ConstView matrix) {
  nlohmann::json rows = nlohmann::json::array();
  for (Index row = 0; row < matrix.shape[0]; ++row) {
    nlohmann::json& line = rows.emplace_back(nlohmann::json::array());
    for (Index column = 0; column < matrix.shape[1]; ++column)
      line.push_back(number_json(matrix[row * matrix.shape[1] + column]));
  }
  return rows;
}

nlohmann::json padding_json(const Padding& padding) {
  return {{padding.top, padding.bottom}, {padding.left, padding.right}};
}

}  // namespace

std::string explain_text(const ExplainRequest& request) {
  const Explanation e = explain(request);
  const ConvGeometry& g = e.geometry;
  const std::string title = e.is_conv()
                                ? fmt::format("Conv2D: image {}x{} -> features {}x{}\n", g.image.h,
                                              g.image.w, g.features.h, g.features.w)
                                : fmt::format("Conv2DTranspose: features {}x{} -> image {}x{}\n",
                                              g.features.h, g.features.w, g.image.h, g.image.w);
  return title + sizes_text(e) + numbers_text(e) + matrix_text(e) + zero_insertion_text(e) +
         checkerboard_text(e);
}

nlohmann::json explain_json(const ExplainRequest& request) {
  const Explanation e = explain(request);
  const ConvGeometry& g = e.geometry;
  const ZeroInsertion& z = e.zero_insertion;
  const ConstView turned(z.kernel.data(), shape_of(e.kernel));
  return {
      {"direction", e.is_conv() ? "conv" : "transpose"},
      {"image_size", {g.image.h, g.image.w}},
      {"features_size", {g.features.h, g.features.w}},
      {"kernel_size", {g.kernel.h, g.kernel.w}},
      {"strides", {g.stride.h, g.stride.w}},
      {"dilation_rate", {g.dilation.h, g.dilation.w}},
      {"padding", padding_json(g.padding)},
      {"output_padding", {e.output_padding_h, e.output_padding_w}},
      {"kernel", matrix_json(view(e.kernel))},
      {"image", matrix_json(view(e.image))},
      {"features", matrix_json(view(e.features))},
      {"A", matrix_json(view(e.a))},
      {"A_At", matrix_json(view(e.a_at))},
      {"At_A", matrix_json(view(e.at_a))},
      {"A_At_is_identity", e.a_at_is_identity},
      {"At_A_is_identity", e.at_a_is_identity},
      {"taps_by_place",
       {{"height", taps_by_place(vertical(e))}, {"width", taps_by_place(horizontal(e))}}},
      {"transposed", matrix_json(view(e.transposed))},
      {"zero_insertion",
       {{"zeros", {z.zeros.h, z.zeros.w}},
        {"padding", padding_json(z.padding)},
        {"features", matrix_json(as_matrix(z.spread))},
        {"kernel", matrix_json(turned)},
        {"image", matrix_json(view(e.transposed_by_insertion))},
        {"largest_difference", e.largest_difference}}},
  };
}

}  // namespace adjoint
