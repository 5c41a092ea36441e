#include "inference/inspection/latent/latent_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/label_list.hpp"
#include "inference/inspection/table.hpp"

namespace adjoint {
namespace {

// In pixels.
constexpr double kPlot = 560, kPlotMargin = 40, kLegend = 150;
constexpr Index kCanvas = 1024, kThumbnail = 40;

/// Colours that can be told apart, also by most who see fewer of them.
/// Source: P. Tol, "Colour schemes", SRON/EPS/TN/09-002: bright, then muted.
constexpr const char* kColours[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                    "#66ccee", "#aa3377", "#bbbbbb", "#332288",
                                    "#ddcc77", "#117733", "#882255", "#44aa99"};

struct PlotPoint {
  double x = 0, y = 0;  // in [0, 1], y upward
};

/// The places of all images, with one scale for both directions, in the middle of a square.
std::vector<PlotPoint> places(const LatentReport& report) {
  const PrincipalComponents& found = report.components;
  const auto coordinate = [&](Index i, std::size_t k) {
    return k < found.count ? found.coordinates[static_cast<std::size_t>(i) * found.count + k] : 0;
  };
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  for (Index i = 0; i < report.images; ++i) {
    for (const std::size_t k : {0, 1}) {
      low[k] = std::min(low[k], coordinate(i, k));
      high[k] = std::max(high[k], coordinate(i, k));
    }
  }
  const double extent = std::max({high[0] - low[0], high[1] - low[1], 1e-12});
  std::vector<PlotPoint> points;
  for (Index i = 0; i < report.images; ++i) {
    points.push_back({.x = 0.5 + (coordinate(i, 0) - (low[0] + high[0]) / 2) / extent,
                      .y = 0.5 + (coordinate(i, 1) - (low[1] + high[1]) / 2) / extent});
  }
  return points;
}

/// A colour for each label that occurs, in the order of labels.
std::map<Index, const char*> colours_of(const std::vector<Index>& labels) {
  std::map<Index, const char*> colours;
  for (const Index label : labels) colours[label];
  std::size_t next = 0;
  for (auto& [label, colour] : colours) colour = kColours[next++ % std::size(kColours)];
  return colours;
}

std::string axis_name(const LatentReport& report, std::size_t k) {
  const std::vector<double>& explained = report.components.explained;
  return fmt::format("direction {} ({:.1f}% of the variance)", k + 1,
                     k < explained.size() ? 100 * explained[k] : 0);
}

/// One image, gray or RGB as it is, at most kThumbnail pixels on its longer side.
Tensor thumbnail(ConstView image) {
  const double factor = static_cast<double>(kThumbnail) /
                        static_cast<double>(std::max(image.shape[0], image.shape[1]));
  const auto size = [&](int axis) {
    return std::max<Index>(1, std::llround(static_cast<double>(image.shape[axis]) * factor));
  };
  return resized(image, size(0), size(1), factor > 1 ? Filter::box : Filter::triangle);
}

void paste(const Tensor& image, Index top, Index left, View canvas) {
  const Shape shape = shape_of(image);
  for (Index y = 0; y < shape[0]; ++y) {
    std::copy_n(image.data() + y * shape[1] * shape[2], shape[1] * shape[2],
                canvas.data + ((top + y) * canvas.shape[1] + left) * shape[2]);
  }
}

}  // namespace

std::string latent_scatter_svg(const LatentReport& report, const LatentImages& images) {
  const std::map<Index, const char*> colours = colours_of(images.labels);
  const double width = kPlot + 2 * kPlotMargin + (colours.empty() ? 0 : kLegend);
  const double height = kPlot + 2 * kPlotMargin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n"
      "<title>Codes of {2} images</title>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
      "<rect x=\"{3}\" y=\"{3}\" width=\"{4}\" height=\"{4}\" fill=\"none\" stroke=\"#9aa5b1\"/>\n"
      "<text x=\"{5}\" y=\"{6}\" text-anchor=\"middle\">{7}</text>\n"
      "<text transform=\"translate({8} {5}) rotate(-90)\" text-anchor=\"middle\">{9}</text>\n",
      width, height, report.images, kPlotMargin, kPlot, kPlotMargin + kPlot / 2, height - 14,
      axis_name(report, 0), 24, axis_name(report, 1));
  constexpr double kInner = 0.94;  // so that no point lies on the frame
  const std::vector<PlotPoint> points = places(report);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = kPlotMargin + kPlot * (0.5 + kInner * (points[i].x - 0.5));
    const double y = kPlotMargin + kPlot * (0.5 - kInner * (points[i].y - 0.5));
    const char* colour = images.labels.empty() ? kColours[0] : colours.at(images.labels[i]);
    std::string name = images.names[i];
    if (!images.labels.empty()) name += ": " + label_text(images.labels[i], images.label_names);
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\" fill-opacity=\"0.75\">"
        "<title>{}</title></circle>\n",
        x, y, colour, html_escaped(name));
  }
  double y = kPlotMargin + 12;
  for (const auto& [label, colour] : colours) {
    svg += fmt::format(
        "<circle cx=\"{0}\" cy=\"{1}\" r=\"5\" fill=\"{2}\"/><text x=\"{3}\" "
        "y=\"{4}\">{5}</text>\n",
        kPlot + 2 * kPlotMargin, y - 4, colour, kPlot + 2 * kPlotMargin + 12, y,
        html_escaped(label_text(label, images.label_names)));
    y += 20;
  }
  return svg + "</svg>\n";
}

Tensor latent_thumbnails(const LatentReport& report, const LatentImages& images) {
  const ConstView all = view(images.images);
  Tensor canvas = make_tensor({kCanvas, kCanvas, all.shape[3]}, Real{1});
  std::vector<std::pair<Index, Index>> taken;
  const std::vector<PlotPoint> points = places(report);
  for (Index i = 0; i < report.images; ++i) {
    const PlotPoint& point = points[static_cast<std::size_t>(i)];
    const auto left = static_cast<Index>(std::lround(point.x * (kCanvas - kThumbnail)));
    const auto top = static_cast<Index>(std::lround((1 - point.y) * (kCanvas - kThumbnail)));
    const bool free = std::ranges::none_of(taken, [&](const auto& other) {
      return std::abs(other.first - top) < kThumbnail && std::abs(other.second - left) < kThumbnail;
    });
    if (!free) continue;
    taken.emplace_back(top, left);
    paste(thumbnail(all.slice(i, 1).reshaped(all.shape.sample())), top, left, view(canvas));
  }
  return canvas;
}

Tensor neighbour_sheet(const LatentReport& report, const LatentImages& images) {
  const ConstView all = view(images.images);
  const std::size_t columns = 1 + report.neighbours.front().nearest.size();
  const auto rows = static_cast<Index>(report.neighbours.size());
  std::vector<Tensor> parts;
  std::vector<ConstView> views;
  for (std::size_t column = 0; column < columns; ++column) {
    parts.push_back(make_tensor(all.shape.sample().batched(rows)));
    for (Index row = 0; row < rows; ++row) {
      const Neighbours& line = report.neighbours[static_cast<std::size_t>(row)];
      const Index image = column == 0 ? line.image : line.nearest[column - 1];
      std::ranges::copy(all.slice(image, 1).flat(), view(parts.back()).slice(row, 1).data);
    }
  }
  for (const Tensor& part : parts) views.push_back(view(part));
  return image_grid(views);
}

}  // namespace adjoint
