#include "datasets/image_grid.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/picture_text.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr Index kGoodSize = 96;  // pixels of an image that one can see
constexpr Index kCurveHeight = 64;
constexpr Index kCurveWidth = 192;  // at least

/// Copies one image into a picture at (top, left), each pixel enlarged to zoom x zoom.
void paste(ConstView image, Index zoom, Index top, Index left, View picture) {
  const Index channels = image.shape[2];
  for (Index y = 0; y < image.shape[0] * zoom; ++y) {
    for (Index x = 0; x < image.shape[1] * zoom; ++x) {
      const Real* from = image.data + ((y / zoom) * image.shape[1] + x / zoom) * channels;
      Real* to = picture.data + ((top + y) * picture.shape[1] + left + x) * channels;
      for (Index c = 0; c < channels; ++c) to[c] = std::clamp(from[c], Real{0}, Real{1});
    }
  }
}

/// Draws a signal's curve into a white picture of some pixels a value: each column of pixels is
/// filled from its own value to the next one's, in black, or the three channels of a colour signal
/// in red, green and blue.
void draw_curve(ConstView signal, View picture) {
  const Index channels = signal.shape[2], width = picture.shape[1];
  const Index wide = width / signal.shape[1];
  const auto row_of = [&](Index column, Index channel) {
    const Real value = signal.data[std::min(column, width - 1) / wide * channels + channel];
    // In this order what is not a number is 0.
    const Real height = std::min(std::max(Real{0}, value), Real{1});
    return std::lround((1 - height) * Real{kCurveHeight - 1});
  };
  for (Index channel = 0; channel < channels; ++channel) {
    for (Index x = 0; x < width; ++x) {
      const auto [top, bottom] = std::minmax({row_of(x, channel), row_of(x + 1, channel)});
      for (Index y = top; y <= bottom; ++y) {
        Real* pixel = picture.data + (y * width + x) * channels;
        for (Index c = 0; c < channels; ++c) {
          if (channels == 1 || c != channel) pixel[c] = 0;  // on white, what is left is its colour
        }
      }
    }
  }
}

Tensor curves(ConstView signals) {
  const Index count = signals.shape[0], length = signals.shape[2], channels = signals.shape[3];
  const Index width = length * std::max<Index>(1, (kCurveWidth + length - 1) / length);
  const Shape shape{kCurveHeight, width, channels};
  Tensor pictures = make_tensor(shape.batched(count), Real{1});
  for (Index i = 0; i < count; ++i) {
    draw_curve(signals.slice(i, 1).reshaped(signals.shape.sample()),
               view(pictures).slice(i, 1).reshaped(shape));
  }
  return pictures;
}

/// Pixels left of a grid that names of rows take.
Index names_width(const std::vector<std::string>& names) {
  std::size_t longest = 0;
  for (const std::string& name : names) longest = std::max(longest, name.size());
  return longest == 0 ? 0 : static_cast<Index>(longest) * picture_text::kAdvance + 4;
}

}  // namespace

Tensor data_grid(const std::vector<ConstView>& columns) {
  if (columns.empty() || columns[0].shape.rank() != 4 || columns[0].shape[1] != 1)
    return image_grid(columns);
  std::vector<Tensor> drawn;
  std::vector<ConstView> views;
  for (const ConstView& signals : columns) drawn.push_back(curves(signals));
  for (const Tensor& pictures : drawn) views.push_back(view(pictures));
  return image_grid(views, {.zoom = 1});
}

Tensor image_grid(const std::vector<ConstView>& columns, const GridOptions& options) {
  if (columns.empty() || columns[0].shape.rank() != 4) {
    throw InputError("a grid of images needs columns of (count, height, width, channels)");
  }
  const Shape& shape = columns[0].shape;
  for (const ConstView& column : columns) {
    if (column.shape == shape) continue;
    throw InputError("the columns of a grid of images differ: {} and {}", to_string(shape),
                     to_string(column.shape));
  }
  const Index smaller = std::min(shape[1], shape[2]);
  const Index zoom =
      options.zoom > 0 ? options.zoom : std::max<Index>(1, (kGoodSize + smaller / 2) / smaller);
  const auto column_count = static_cast<Index>(columns.size());
  const Index above = options.image_names.empty() ? 0 : picture_text::kLine;  // each image
  const Index row_step = above + shape[1] * zoom + options.separator;
  const Index column_step = shape[2] * zoom + options.separator;
  const Index top = options.separator + (options.column_names.empty() ? 0 : picture_text::kLine);
  const Index left = options.separator + names_width(options.row_names);
  Tensor picture = make_tensor(
      {top + shape[0] * row_step, left + column_count * column_step, shape[3]}, Real{1});
  const auto write = [&](const std::vector<std::string>& names, Index i, Index y, Index x,
                         Index width) {
    if (i < static_cast<Index>(names.size()))
      draw_text(fitting_text(names[static_cast<std::size_t>(i)], width, 1, Keep::beginning), y, x,
                1, view(picture));
  };
  for (Index column = 0; column < column_count; ++column) {
    const Index x = left + column * column_step;
    write(options.column_names, column, options.separator, x, column_step);
    for (Index row = 0; row < shape[0]; ++row) {
      const Index y = top + row * row_step;
      write(options.image_names, row * column_count + column, y, x, column_step);
      const ConstView image = columns[static_cast<std::size_t>(column)].slice(row, 1);
      paste(image.reshaped(shape.sample()), zoom, y + above, x, view(picture));
    }
  }
  for (Index row = 0; row < shape[0]; ++row) {
    const Index middle = (shape[1] * zoom - picture_text::kLine) / 2;
    write(options.row_names, row, top + row * row_step + above + std::max<Index>(middle, 0),
          options.separator, left);
  }
  return picture;
}

}  // namespace adjoint
