#include "inference/inspection/line_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "inference/inspection/table.hpp"

namespace adjoint {
namespace {

// In pixels.
constexpr double kWidth = 420, kHeight = 220, kLeft = 44, kRight = 12, kTop = 34, kBottom = 30;

/// The least of 1, 2, 5 times a power of ten with which four steps or fewer make up a range.
double step_for(double range) {
  const double power = std::pow(10, std::floor(std::log10(range / 4)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (4 * factor * power >= range) return factor * power;
  }
  return 10 * power;
}

/// Where values lie on the chart.
struct Scale {
  double first, last;      // of x
  double least, greatest;  // of the values
  double step;

  double x(double value) const {
    const double share = last > first ? (value - first) / (last - first) : 0.5;
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kHeight - kBottom - (value - least) / (greatest - least) * (kHeight - kTop - kBottom);
  }
};

Scale scale_of(const LineChart& chart) {
  double least = 0, greatest = 1e-12;
  for (const LineChart::Line& line : chart.lines) {
    least = std::min(least, std::ranges::min(line.values));
    greatest = std::max(greatest, std::ranges::max(line.values));
  }
  const double step = step_for(greatest - least);
  return {.first = chart.x.front(),
          .last = chart.x.back(),
          .least = std::floor(least / step) * step,
          .greatest = std::ceil(greatest / step) * step,
          .step = step};
}

/// The class of the line at a position, from 0.
std::string style_of(std::size_t position) {
  return fmt::format("line{}", position + 1);
}

std::string line_svg(const Scale& scale, const std::vector<double>& at,
                     const std::vector<double>& values, const std::string& style) {
  std::string points, dots;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double x = scale.x(at[i]), y = scale.y(values[i]);
    points += fmt::format("{:.1f},{:.1f} ", x, y);
    if (at.size() <= 40) {
      dots += fmt::format("<circle class=\"{} dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>", style,
                          x, y);
    }
  }
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>{}\n", style, points, dots);
}

std::string axes(const Scale& scale) {
  std::string svg;
  const auto steps = static_cast<int>(std::lround((scale.greatest - scale.least) / scale.step));
  for (int i = 0; i <= steps; ++i) {
    const double value = scale.least + i * scale.step;
    svg += fmt::format(
        "<line class=\"axis\" x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\"/>"
        "<text class=\"end\" x=\"{3}\" y=\"{4:.1f}\">{5:.3g}</text>\n",
        kLeft, scale.y(value), kWidth - kRight, kLeft - 6, scale.y(value) + 4, value);
  }
  svg += fmt::format("<text class=\"middle\" x=\"{:.1f}\" y=\"{}\">{:g}</text>",
                     scale.x(scale.first), kHeight - 10, scale.first);
  if (scale.last > scale.first) {
    svg += fmt::format("<text class=\"middle\" x=\"{:.1f}\" y=\"{}\">{:g}</text>\n",
                       scale.x(scale.last), kHeight - 10, scale.last);
  }
  return svg;
}

/// The names of the lines, from the right.
std::string legend(const std::vector<LineChart::Line>& lines) {
  constexpr double kLetter = 6.6, kGap = 12;
  std::string svg;
  double right = kWidth - kRight;
  for (std::size_t i = lines.size(); i-- > 0;) {
    svg += fmt::format("<text class=\"end {}\" x=\"{:.0f}\" y=\"16\">{}</text>", style_of(i), right,
                       html_escaped(lines[i].name));
    right -= kLetter * static_cast<double>(lines[i].name.size()) + kGap;
  }
  return svg + "\n";
}

}  // namespace

std::string line_chart_svg(const LineChart& chart) {
  const Scale scale = scale_of(chart);
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n"
      "<title>{2}</title>\n<text x=\"{3}\" y=\"16\">{2}</text>\n",
      kWidth, kHeight, html_escaped(chart.title), kLeft);
  svg += legend(chart.lines) + axes(scale);
  for (std::size_t i = 0; i < chart.lines.size(); ++i)
    svg += line_svg(scale, chart.x, chart.lines[i].values, style_of(i));
  return svg + "</svg>\n";
}

}  // namespace adjoint
