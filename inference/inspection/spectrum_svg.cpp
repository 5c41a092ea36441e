#include "inference/inspection/spectrum_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "inference/inspection/table.hpp"

namespace adjoint {
namespace {

// In pixels.
constexpr double kWidth = 420, kHeight = 220, kLeft = 44, kRight = 12, kTop = 34, kBottom = 30;

/// The least of 1, 2, 5 times a power of ten with which four steps or fewer reach `greatest`.
double step_for(double greatest) {
  const double power = std::pow(10, std::floor(std::log10(greatest / 4)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (4 * factor * power >= greatest) return factor * power;
  }
  return 10 * power;
}

/// Where values lie on the chart.
struct Scale {
  std::size_t count;
  double top_value;

  double x(std::size_t i) const {
    const double share = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0.5;
    return kLeft + share * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kHeight - kBottom - value / top_value * (kHeight - kTop - kBottom);
  }
};

std::string line(const Scale& scale, std::string_view style, const std::vector<double>& values) {
  std::string points, dots;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = scale.x(i), y = scale.y(values[i]);
    points += fmt::format("{:.1f},{:.1f} ", x, y);
    if (values.size() <= 40) {
      dots += fmt::format("<circle class=\"{} dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>", style,
                          x, y);
    }
  }
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>{}\n", style, points, dots);
}

std::string axes(const Scale& scale, double step) {
  std::string svg;
  for (double value = 0; value <= scale.top_value * 1.001; value += step) {
    svg += fmt::format(
        "<line class=\"axis\" x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\"/>"
        "<text class=\"end\" x=\"{3}\" y=\"{4:.1f}\">{5:.3g}</text>\n",
        kLeft, scale.y(value), kWidth - kRight, kLeft - 6, scale.y(value) + 4, value);
  }
  svg += fmt::format("<text class=\"middle\" x=\"{:.1f}\" y=\"{}\">1</text>", scale.x(0),
                     kHeight - 10);
  if (scale.count > 1) {
    svg += fmt::format("<text class=\"middle\" x=\"{:.1f}\" y=\"{}\">{}</text>\n",
                       scale.x(scale.count - 1), kHeight - 10, scale.count);
  }
  return svg;
}

}  // namespace

std::string spectrum_svg(const std::string& title, const std::vector<double>& before,
                         const std::vector<double>& after) {
  const double greatest = std::max({1e-12, before.front(), after.front()});
  const double step = step_for(greatest);
  const Scale scale{.count = before.size(), .top_value = std::ceil(greatest / step) * step};
  return fmt::format(
             "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n"
             "<title>{2}</title>\n<text x=\"{3}\" y=\"16\">{2}</text>\n"
             "<text class=\"end before\" x=\"{4}\" y=\"16\">before</text>"
             "<text class=\"end after\" x=\"{5}\" y=\"16\">after</text>\n",
             kWidth, kHeight, html_escaped(title), kLeft, kWidth - 56, kWidth - kRight) +
         axes(scale, step) + line(scale, "before", before) + line(scale, "after", after) +
         "</svg>\n";
}

}  // namespace adjoint
