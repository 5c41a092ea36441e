#include "inference/inspection/kernels/kernel_mosaic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/image_grid.hpp"

namespace adjoint {
namespace {

constexpr Index kTilesInARow = 16;
constexpr Index kPictureSize = 1100;  // pixels across that tiles are enlarged to fill, about
constexpr Index kLargestZoom = 22;
constexpr Index kSmallestZoom = 4;

bool has_colours(ConstView kernel) {
  return kernel.shape[2] == 1 || kernel.shape[2] == 3;
}

/// Tiles in rows and columns, white until they are set.
class TileSheet {
 public:
  TileSheet(ConstView like, Index rows, Index columns, Real scale)
      : rows_(rows),
        height_(like.shape[0]),
        width_(like.shape[1]),
        channels_(has_colours(like) ? like.shape[2] : 1),
        scale_(scale),
        columns_(static_cast<std::size_t>(columns),
                 make_tensor({rows, height_, width_, channels_}, Real{1})) {}

  /// Shows the kernel of one feature channel: its image channels as colours, from `image_channel`
  /// on.
  void set(Index row, Index column, ConstView kernel, Index image_channel, Index feature) {
    const Index image_channels = kernel.shape[2], features = kernel.shape[3];
    Real* tile =
        columns_[static_cast<std::size_t>(column)].data() + row * height_ * width_ * channels_;
    for (Index position = 0; position < height_ * width_; ++position) {
      for (Index c = 0; c < channels_; ++c) {
        const Real weight =
            kernel[(position * image_channels + image_channel + c) * features + feature];
        tile[position * channels_ + c] = Real(0.5) + weight / (2 * scale_);
      }
    }
  }

  /// The sheet, with the texts of `names`.
  Tensor picture(GridOptions names) const {
    std::vector<ConstView> views;
    for (const Tensor& column : columns_) views.push_back(view(column));
    const Index longer = std::max(static_cast<Index>(columns_.size()) * width_, rows_ * height_);
    names.zoom = std::clamp(kPictureSize / longer, kSmallestZoom, kLargestZoom);
    return image_grid(views, names);
  }

 private:
  Index rows_, height_, width_, channels_;
  Real scale_;
  std::vector<Tensor> columns_;
};

/// Image channels in the order of what both kernels hold of them, the strongest first.
std::vector<Index> strongest_image_channels(ConstView first, ConstView second) {
  const Index channels = first.shape[2], features = first.shape[3];
  std::vector<double> energy(static_cast<std::size_t>(channels));
  for (Index i = 0; i < first.size(); ++i) {
    energy[static_cast<std::size_t>(i / features % channels)] +=
        static_cast<double>(first[i]) * first[i] + static_cast<double>(second[i]) * second[i];
  }
  std::vector<Index> order(static_cast<std::size_t>(channels));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater{},
                           [&](Index c) { return energy[static_cast<std::size_t>(c)]; });
  return order;
}

/// "0", "1", ...
std::vector<std::string> numbers(Index count) {
  std::vector<std::string> texts;
  for (Index i = 0; i < count; ++i) texts.push_back(std::to_string(i));
  return texts;
}

/// `count` tiles in rows of 16; show(sheet, row, column, i) sets the i-th.
template <class Show>
Tensor wrapped(ConstView kernel, Index count, Real scale, Show show) {
  const Index columns = std::min(count, kTilesInARow);
  TileSheet sheet(kernel, (count + columns - 1) / columns, columns, scale);
  for (Index i = 0; i < count; ++i) show(sheet, i / columns, i % columns, i);
  return sheet.picture({.image_names = numbers(count)});
}

}  // namespace

Real common_scale(const std::vector<ConstView>& kernels) {
  Real greatest = 0;
  for (const ConstView& kernel : kernels) {
    for (Real weight : kernel.flat()) greatest = std::max(greatest, std::abs(weight));
  }
  return greatest > 0 ? greatest : Real{1};
}

Tensor kernel_mosaic(ConstView kernel, Real scale) {
  const Index features = kernel.shape[3];
  if (has_colours(kernel)) {
    return wrapped(kernel, features, scale,
                   [&](TileSheet& sheet, Index row, Index column, Index feature) {
                     sheet.set(row, column, kernel, 0, feature);
                   });
  }
  if (features == 1) {
    return wrapped(kernel, kernel.shape[2], scale,
                   [&](TileSheet& sheet, Index row, Index column, Index image_channel) {
                     sheet.set(row, column, kernel, image_channel, 0);
                   });
  }
  const Index rows = std::min(kernel.shape[2], MosaicLimits::kImageChannels);
  const Index columns = std::min(features, MosaicLimits::kFeatureChannels);
  TileSheet sheet(kernel, rows, columns, scale);
  for (Index c = 0; c < rows; ++c) {
    for (Index f = 0; f < columns; ++f) sheet.set(c, f, kernel, c, f);
  }
  return sheet.picture({.column_names = numbers(columns), .row_names = numbers(rows)});
}

Tensor pair_mosaic(ConstView first, ConstView second, const std::array<std::string, 2>& layers,
                   const std::vector<Index>& matching, Real scale) {
  // A band shows one image channel, or all as colours, and as many features as a row holds.
  constexpr Index kBandRows = 4;  // three of tiles and an empty one
  std::vector<Index> image_channels{0};
  Index shown_features = first.shape[3];
  if (!has_colours(first)) {
    image_channels = strongest_image_channels(first, second);
    image_channels.resize(
        std::min<std::size_t>(image_channels.size(), MosaicLimits::kPairImageChannels));
    shown_features = std::min(shown_features, MosaicLimits::kPairFeatureChannels);
  }
  const Index columns = std::min(
      shown_features, has_colours(first) ? kTilesInARow : MosaicLimits::kPairFeatureChannels);
  const Index wraps = (shown_features + columns - 1) / columns;
  const Index bands = wraps * static_cast<Index>(image_channels.size());
  const Index rows = bands * kBandRows - 1;
  TileSheet sheet(first, rows, columns, scale);
  GridOptions names;
  names.row_names.resize(static_cast<std::size_t>(rows));
  names.image_names.resize(static_cast<std::size_t>(rows * columns));
  for (Index band = 0; band < bands; ++band) {
    const Index channel = image_channels[static_cast<std::size_t>(band / wraps)];
    const Index from = band % wraps * columns, until = std::min(from + columns, shown_features);
    const auto show = [&](Index line, ConstView kernel, const std::string& layer,
                          const auto& which) {
      const Index row = band * kBandRows + line;
      names.row_names[static_cast<std::size_t>(row)] =
          has_colours(first) ? layer : fmt::format("{}:{}", layer, channel);
      for (Index f = from; f < until; ++f) {
        sheet.set(row, f - from, kernel, channel, which(f));
        names.image_names[static_cast<std::size_t>(row * columns + f - from)] =
            std::to_string(which(f));
      }
    };
    const auto same = [](Index f) { return f; };
    show(0, first, layers[0], same);
    show(1, second, layers[1], same);
    show(2, second, layers[1], [&](Index f) { return matching[static_cast<std::size_t>(f)]; });
  }
  return sheet.picture(names);
}

}  // namespace adjoint
