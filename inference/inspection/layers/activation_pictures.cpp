#include "inference/inspection/layers/activation_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"

namespace adjoint {
namespace {

constexpr Index kPictureWidth = 1100;  // about
constexpr Index kLargestTile = 192;
constexpr Index kMostTiles = 64;
constexpr Index kUnitsInARow = 32;
constexpr Index kUnitZoom = 20;
constexpr Index kNameWidth = 20;  // pixels that a number above a tile takes

/// Values to gray: black is 0, or mid-gray where some are below 0.
struct Gray {
  bool is_signed;
  Real white;  // the value that becomes white

  explicit Gray(const LayerActivation& layer)
      : is_signed(layer.least < 0),
        white(static_cast<Real>(std::max(std::abs(layer.least), std::abs(layer.greatest)))) {
    if (!(white > 0)) white = 1;
  }
  Real operator()(Real value) const {
    return is_signed ? Real(0.5) + value / (2 * white) : value / white;
  }
  std::string text() const {
    return is_signed ? fmt::format("mid-gray: 0, white: {:.4g}", white)
                     : fmt::format("black: 0, white: {:.4g}", white);
  }
};

Tensor in_gray(const LayerActivation& layer, const Gray& gray) {
  Tensor values = layer.values;
  for (Real& value : values) value = gray(value);
  return values;
}

/// (units) as cells; those that are missing in the last row are white.
Tensor unit_cells(const Tensor& units) {
  const Index count = shape_of(units).size(), columns = std::min(count, kUnitsInARow);
  const Index rows = (count + columns - 1) / columns;
  Tensor cells = make_tensor({1, rows, columns, 1}, Real{1});
  std::copy_n(units.data(), count, cells.data());
  return image_grid({view(std::as_const(cells))}, {.zoom = kUnitZoom});
}

/// One channel, smaller where it is larger than a tile.
Tensor tile_of(ConstView values, Index channel, Index height, Index width) {
  const Index channels = values.shape[2];
  Tensor tile = make_tensor({values.shape[0], values.shape[1], 1});
  for (Index i = 0; i < values.shape[0] * values.shape[1]; ++i)
    tile.data()[i] = values[i * channels + channel];
  return height == values.shape[0] ? tile : resized(view(std::as_const(tile)), height, width);
}

Tensor channel_tiles(const Tensor& values, Index shown) {
  const Shape shape = shape_of(values);
  const double shrink = std::min(
      1.0, static_cast<double>(kLargestTile) / static_cast<double>(std::max(shape[0], shape[1])));
  const auto side = [&](Index pixels) {
    return std::max<Index>(1, std::lround(shrink * static_cast<double>(pixels)));
  };
  const Index height = side(shape[0]), width = side(shape[1]);
  // Small ones are enlarged until about half of the tiles fit into a row of the picture.
  const Index columns_wanted = std::clamp<Index>((shown + 1) / 2, 1, 16);
  const Index zoom = std::clamp<Index>(kPictureWidth / (columns_wanted * width), 1,
                                       std::max<Index>(1, kLargestTile / std::max(height, width)));
  const Index room = std::max(width * zoom, kNameWidth) + 2;
  const Index columns = std::clamp<Index>(kPictureWidth / room, 1, shown);
  const Index rows = (shown + columns - 1) / columns;
  std::vector<Tensor> sheets(static_cast<std::size_t>(columns),
                             make_tensor({rows, height, width, 1}, Real{1}));
  GridOptions options{.zoom = zoom};
  for (Index c = 0; c < shown; ++c) {
    const Tensor tile = tile_of(view(values), c, height, width);
    std::copy_n(
        tile.data(), height * width,
        sheets[static_cast<std::size_t>(c % columns)].data() + c / columns * height * width);
    options.image_names.push_back(std::to_string(c));
  }
  std::vector<ConstView> views;
  for (const Tensor& sheet : sheets) views.push_back(view(sheet));
  return image_grid(views, options);
}

}  // namespace

std::vector<Picture> draw_activations(const ActivationReport& report) {
  std::vector<Picture> pictures;
  for (const LayerActivation& layer : report.layers) {
    const Gray gray(layer);
    const Tensor values = in_gray(layer, gray);
    const auto add = [&](const std::string& form, const std::string& what, Tensor pixels) {
      pictures.push_back(
          {.file = fmt::format("activation-{:02}-{}{}.png", &layer - report.layers.data(),
                               file_part(layer.layer), form),
           .subject = layer.layer,
           .about = fmt::format("{}, {}", layer.layer, to_string(layer.shape())),
           .caption = fmt::format("{}; {}", what, gray.text()),
           .pixels = std::move(pixels)});
    };
    if (layer.shape().rank() != 3) {
      add("", fmt::format("{} units in rows of {}", layer.channels(), kUnitsInARow),
          unit_cells(values));
      continue;
    }
    if (layer.channels() == 3) {
      add("-colour", "three channels as colours",
          image_grid({view(values).reshaped(layer.shape().batched(1))}));
    }
    const Index shown = std::min(layer.channels(), kMostTiles);
    add("", shown_text(shown, layer.channels(), "channel"), channel_tiles(values, shown));
  }
  return pictures;
}

}  // namespace adjoint
