#include "inference/images/tiling.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr Index kFar = std::numeric_limits<Index>::max() / 4;

Index floor_div(Index a, Index b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
Index ceil_div(Index a, Index b) {
  return -floor_div(-a, b);
}

/// Positions of a node, counted within the tile, that hold what the whole image has there. Where
/// the tile ends with the image they go on for ever: what lies beyond is padding in both.
struct Trusted {
  Index first = -kFar;
  Index end = kFar;

  bool open_before() const { return first == -kFar; }
  bool open_after() const { return end == kFar; }
};

Trusted through(const Trusted& input, const WindowAxis& axis) {
  const Index reach = (axis.kernel - 1) * axis.dilation;
  Trusted output;
  if (axis.up) {
    // The output after the last one that takes the last input which is not trusted.
    if (!input.open_before())
      output.first = (input.first - 1) * axis.stride - axis.pad_before + reach + 1;
    if (!input.open_after()) output.end = input.end * axis.stride - axis.pad_before;
  } else {
    if (!input.open_before()) output.first = ceil_div(input.first + axis.pad_before, axis.stride);
    if (!input.open_after())
      output.end = floor_div(input.end - 1 + axis.pad_before - reach, axis.stride) + 1;
  }
  return output;
}

LayerWindow window_of(const Model& model, std::size_t node, const std::vector<Shape>& shapes) {
  return model.nodes()[node].layer->window(model.layer_shapes(static_cast<Index>(node), shapes));
}

/// Whether a border that shows `count` pixels of either end shows what the whole image's does.
bool mirrors_right(const Trusted& input, Index count, Index size) {
  return (!input.open_before() || input.end >= count) &&
         (!input.open_after() || size - input.first >= count);
}

/// A model on an image and on its tiles, along one axis.
class AxisTiler {
 public:
  AxisTiler(const Model& model, const std::vector<Shape>& whole, int axis)
      : model_(model), whole_(whole), axis_(axis) {}

  Index extent() const { return whole_[0][axis_]; }
  /// Output pixels for each pixel of the image.
  Index scale() const { return whole_.back()[axis_] / extent(); }

  /// Tiles begin and end at multiples of this from each other: the least common multiple of the
  /// pixels from one position of a node to the next.
  Index unit() const {
    std::vector<Index> steps(whole_.size(), 1);
    Index unit = 1;
    for (std::size_t n = 1; n < steps.size(); ++n) {
      const WindowAxis window = this->window(n, whole_);
      for (const Index input : model_.nodes()[n].inputs) {
        const Index step = steps[static_cast<std::size_t>(input)];
        // A step of less than a pixel fits whatever a whole one fits.
        const Index next =
            window.up ? std::max<Index>(step / window.stride, 1) : step * window.stride;
        steps[n] = std::lcm(steps[n], next);
      }
      unit = std::lcm(unit, steps[n]);
    }
    return unit;
  }

  /// The part of a tile that is right, from `origin` on; nothing if it does not meet the image in
  /// every node. `tile` are the shapes of its nodes.
  std::optional<Trusted> trusted(const std::vector<Shape>& tile, Index origin) const {
    const bool last = origin + tile[0][axis_] == extent();
    struct AtNode {
      Index offset;  // of the tile's first position in the whole image's
      Trusted trusted;
    };
    std::vector<AtNode> at{{origin, {origin == 0 ? -kFar : 0, last ? kFar : tile[0][axis_]}}};
    for (std::size_t n = 1; n < tile.size(); ++n) {
      const WindowAxis window = this->window(n, tile);
      if (window.pad_before != this->window(n, whole_).pad_before) return std::nullopt;
      std::optional<AtNode> here;
      for (const Index input : model_.nodes()[n].inputs) {
        const AtNode& from = at[static_cast<std::size_t>(input)];
        if (!window.up && from.offset % window.stride != 0) return std::nullopt;
        const Index offset = window.up ? from.offset * window.stride : from.offset / window.stride;
        const Index size = tile[static_cast<std::size_t>(input)][axis_];
        if (!mirrors_right(from.trusted, window.mirrored, size)) return std::nullopt;
        const Trusted seen = through(from.trusted, window);
        if (!here) here = {offset, {}};
        if (here->offset != offset) return std::nullopt;
        here->trusted.first = std::max(here->trusted.first, seen.first);
        here->trusted.end = std::min(here->trusted.end, seen.end);
      }
      const Index size = tile[n][axis_];
      if (last && here->offset + size != whole_[n][axis_]) return std::nullopt;
      // Outputs that depend on pixels beyond the image are not trusted.
      if (!here->trusted.open_before())
        here->trusted.first = std::max<Index>(here->trusted.first, 0);
      if (!here->trusted.open_after()) here->trusted.end = std::min(here->trusted.end, size);
      at.push_back(*here);
    }
    if (at.back().offset != origin * scale()) return std::nullopt;
    return at.back().trusted;
  }

  /// Tiles of one extent from border to border, each as far on as the one before allows.
  std::optional<std::vector<TileSpan>> spans(const std::vector<Shape>& tile, Index unit) const {
    const Index size = tile[0][axis_];
    if (size == extent()) return std::vector<TileSpan>{{0, 0, extent() * scale()}};
    std::optional<Trusted> inner = Trusted{};
    if (unit + size < extent()) inner = trusted(tile, unit);  // wherever it stands between borders
    const std::optional<Trusted> last = trusted(tile, extent() - size);
    if (!inner || !last) return std::nullopt;
    const Index lost = std::max(inner->first, last->first);
    std::vector<TileSpan> spans;
    TileSpan span{};
    while (true) {
      const std::optional<Trusted> own = trusted(tile, span.origin);
      if (!own) return std::nullopt;
      span.end = own->open_after() ? extent() * scale() : span.origin * scale() + own->end;
      if (span.end <= span.first) return std::nullopt;
      spans.push_back(span);
      if (own->open_after()) return spans;
      const Index next =
          std::min(floor_div(span.end - lost, unit * scale()) * unit, extent() - size);
      if (next <= span.origin) return std::nullopt;
      span = {next, span.end, span.end};
    }
  }

 private:
  WindowAxis window(std::size_t node, const std::vector<Shape>& shapes) const {
    const LayerWindow window = window_of(model_, node, shapes);
    return axis_ == 0 ? window.vertical : window.horizontal;
  }

  const Model& model_;
  const std::vector<Shape>& whole_;
  int axis_;
};

/// The largest extent up to `side` that differs from the image's by whole units.
Index tile_extent(Index image, Index side, Index unit) {
  return image <= side ? image : image - ceil_div(image - side, unit) * unit;
}

bool mixes_positions(const Model& model, const std::vector<Shape>& shapes) {
  for (std::size_t n = 1; n < shapes.size(); ++n) {
    if (shapes[n].rank() != 3 || window_of(model, n, shapes).all) return true;
  }
  return false;
}

/// The cut into tiles of exactly this size.
std::optional<Tiling> tiles_of(const Model& model, const std::vector<Shape>& whole,
                               const Extent2& size, const Extent2& units) {
  if (size.h < 1 || size.w < 1) return std::nullopt;
  std::vector<Shape> tile;
  try {
    tile = model.infer({size.h, size.w, whole[0][2]});
  } catch (const InputError&) {
    return std::nullopt;  // too small for a layer
  }
  for (const int axis : {0, 1}) {
    if (tile.back()[axis] * whole.front()[axis] != tile.front()[axis] * whole.back()[axis])
      return std::nullopt;
  }
  auto rows = AxisTiler(model, whole, 0).spans(tile, units.h);
  auto columns = AxisTiler(model, whole, 1).spans(tile, units.w);
  if (!rows || !columns) return std::nullopt;
  return Tiling{size, std::move(*rows), std::move(*columns)};
}

/// The extent with which as many tiles, overlapping as much, just reach from border to border.
Index even_extent(const std::vector<TileSpan>& spans, Index extent, Index image, Index unit) {
  const auto count = static_cast<Index>(spans.size());
  if (count == 1) return extent;
  const Index overlap = extent - (spans[1].origin - spans[0].origin);
  const Index even = ceil_div(image + (count - 1) * overlap, count) + unit;
  return tile_extent(image, std::min(even, extent), unit);
}

}  // namespace

std::optional<Tiling> tile_image(const Model& model, const Extent2& image, Index side) {
  const std::vector<Shape> whole = model.infer({image.h, image.w, model.input_shape().back()});
  if (model.input_shape()[0] != 0 || mixes_positions(model, whole)) return std::nullopt;
  if (whole.back()[0] % image.h != 0 || whole.back()[1] % image.w != 0) return std::nullopt;
  const Extent2 units{AxisTiler(model, whole, 0).unit(), AxisTiler(model, whole, 1).unit()};
  const Extent2 largest{tile_extent(image.h, side, units.h), tile_extent(image.w, side, units.w)};
  const std::optional<Tiling> tiling = tiles_of(model, whole, largest, units);
  if (!tiling) return std::nullopt;
  const Extent2 even{even_extent(tiling->rows, largest.h, image.h, units.h),
                     even_extent(tiling->columns, largest.w, image.w, units.w)};
  const std::optional<Tiling> smaller = tiles_of(model, whole, even, units);
  return smaller && smaller->pixels() < tiling->pixels() ? smaller : tiling;
}

}  // namespace adjoint
