#include "inference/inspection/explain/walk_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "inference/inspection/explain/text_grid.hpp"

namespace adjoint {
namespace {

// Lengths in pixels, times in seconds.
constexpr Index kCell = 44;
constexpr Index kMargin = 24;
constexpr Index kGap = 56;
constexpr Index kHeading = 30;
constexpr Index kLine = 22;
constexpr double kLetter = 8.5;  // of the lines below the grids
constexpr double kStepSeconds = 1.5;
constexpr double kLongestSeconds = 90;
constexpr Index kMostTermsALine = 9;
constexpr Index kMostLines = 9;

constexpr std::string_view kStyle = R"(<style>
  svg { --ink: #1f2933; --faint: #7b8794; --line: #9aa5b1; --blue: #2563eb; --orange: #c2570c }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e4e7eb; --faint: #9aa5b1; --line: #616e7c; --blue: #7cacf8; --orange: #f5a35c }
  }
  text { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--ink) }
  .heading { font-size: 14px; font-weight: 600 }
  .sum { font-size: 14px; white-space: pre }
  .number { text-anchor: middle }
  .faint { fill: var(--faint) }
  .weight { font-size: 10px; text-anchor: end; fill: var(--blue) }
  .cell { fill: none; stroke: var(--line) }
  .padding { fill: var(--line); fill-opacity: .12; stroke: var(--line); stroke-dasharray: 3 3 }
  .tap { fill: var(--blue); fill-opacity: .2; stroke: var(--blue); stroke-width: 2 }
  .now { fill: var(--orange); fill-opacity: .25; stroke: var(--orange); stroke-width: 3 }
</style>
)";

struct Point {
  Index x = 0;
  Index y = 0;
};

/// A grid of cells on the page.
struct Grid {
  Point corner;
  Index rows;
  Index columns;

  Index width() const { return columns * kCell; }
  Index height() const { return rows * kCell; }
  Point cell(Index row, Index column) const {
    return {corner.x + column * kCell, corner.y + row * kCell};
  }
};

/// When things show: one step a feature, and a rest at the end with everything in sight.
class Timeline {
 public:
  explicit Timeline(Index steps) : steps_(steps) {}

  /// Attributes and content of an element that shows during steps from ... to - 1.
  std::pair<std::string, std::string> during(Index from, Index to) const {
    return until(from, at(to), to >= steps_);
  }
  /// The same of one that shows in a step, until the marks glide to the next one.
  std::pair<std::string, std::string> standing(Index step) const {
    return until(step, glide_after(step), step + 1 >= steps_);
  }
  /// Content of a group that stands at positions[i] during step i, and glides between them.
  std::string along(const std::vector<Point>& positions) const {
    std::string values, times;
    const auto key = [&](double time, const Point& p) {
      values += fmt::format("{}{},{}", values.empty() ? "" : ";", p.x, p.y);
      times += fmt::format("{}{:.5f}", times.empty() ? "" : ";", time);
    };
    for (Index i = 0; i < steps_; ++i) {
      const bool last = i == steps_ - 1;
      key(at(i), positions[i]);
      key(last ? 1.0 : glide_after(i), positions[i]);
    }
    return fmt::format(
        "<animateTransform attributeName=\"transform\" type=\"translate\" "
        "values=\"{}\" keyTimes=\"{}\" {}/>",
        values, times, clock());
  }

 private:
  std::pair<std::string, std::string> until(Index from, double end, bool stays) const {
    std::string values = from == 0 ? "visible" : "hidden;visible";
    std::string times = from == 0 ? "0" : fmt::format("0;{:.5f}", at(from));
    if (!stays) {
      values += ";hidden";
      times += fmt::format(";{:.5f}", end);
    }
    const std::string attribute = stays ? "" : " visibility=\"hidden\"";
    if (from == 0 && stays) return {attribute, ""};
    return {attribute,
            fmt::format("<animate attributeName=\"visibility\" values=\"{}\" keyTimes=\"{}\" "
                        "calcMode=\"discrete\" {}/>",
                        values, times, clock())};
  }
  double at(Index step) const {
    return static_cast<double>(step) / static_cast<double>(steps_ + 1);
  }
  /// When the marks leave a step.
  double glide_after(Index step) const { return at(step) + 0.75 * at(1); }
  std::string clock() const {
    return fmt::format("dur=\"{:.2f}s\" repeatCount=\"indefinite\"",
                       std::min(kStepSeconds * static_cast<double>(steps_ + 1), kLongestSeconds));
  }

  Index steps_;
};

class Walk {
 public:
  explicit Walk(const Explanation& e) : e_(e), g_(e.geometry), time_(features_count(e)) {
    const Padding& p = g_.padding;
    Grid image{{}, g_.image.h + p.top + p.bottom, g_.image.w + p.left + p.right};
    Grid features{{}, g_.features.h, g_.features.w};
    Grid kernel{{}, g_.kernel.h, g_.kernel.w};
    Index x = kMargin;
    for (Grid* grid :
         {e.is_conv() ? &image : &features, &kernel, e.is_conv() ? &features : &image}) {
      grid->corner = {x, kMargin + kHeading};
      x += std::max(grid->width(), kCell * 4) + kGap;
    }
    image_ = image, features_ = features, kernel_ = kernel;
    width_ = x - kGap + kMargin;
    lines_top_ = kMargin + kHeading +
                 std::max({image.height(), features.height(), kernel.height()}) + kHeading;
  }

  std::string draw() {
    heading(image_, fmt::format("image {}×{}{}", g_.image.h, g_.image.w,
                                g_.padding == Padding{} ? "" : " in its padding"));
    heading(kernel_, fmt::format("kernel {}×{}", g_.kernel.h, g_.kernel.w));
    heading(features_, fmt::format("features {}×{}", g_.features.h, g_.features.w));
    cells(features_);
    cells(kernel_);
    numbers(kernel_, e_.kernel);
    image_cells();
    moving_marks();
    if (e_.is_conv())
      conv_numbers();
    else
      transpose_numbers();
    return document();
  }

 private:
  static Index features_count(const Explanation& e) {
    return e.geometry.features.h * e.geometry.features.w;
  }
  Index steps() const { return features_count(e_); }
  Index row_of(Index step) const { return step / g_.features.w; }
  Index column_of(Index step) const { return step % g_.features.w; }
  /// The cell of the padded image under the kernel's tap (ky, kx) at a step.
  Index padded_row(Index step, Index ky) const {
    return row_of(step) * g_.stride.h + ky * g_.dilation.h;
  }
  Index padded_column(Index step, Index kx) const {
    return column_of(step) * g_.stride.w + kx * g_.dilation.w;
  }
  bool is_padding(Index row, Index column) const {
    const Index y = row - g_.padding.top, x = column - g_.padding.left;
    return y < 0 || y >= g_.image.h || x < 0 || x >= g_.image.w;
  }
  Real pixel(Index row, Index column) const {
    if (is_padding(row, column)) return 0;
    return e_.image.data()[(row - g_.padding.top) * g_.image.w + column - g_.padding.left];
  }

  void heading(const Grid& grid, std::string_view text) {
    body_ += fmt::format("<text class=\"heading\" x=\"{}\" y=\"{}\">{}</text>\n", grid.corner.x,
                         grid.corner.y - 12, text);
  }

  void rectangle(std::string_view style, const Point& p) {
    body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                         style, p.x, p.y, kCell, kCell);
  }

  /// A number in the middle of a cell, small enough to fit.
  void number(const Point& cell, Real value, std::string_view style = "number",
              const std::pair<std::string, std::string>& showing = {}) {
    const std::string digits = number_text(value);
    const double size =
        std::min(17.0, 1.45 * static_cast<double>(kCell) / static_cast<double>(digits.size()));
    body_ += fmt::format(
        "<text class=\"{}\" x=\"{}\" y=\"{:.1f}\" font-size=\"{:.1f}\"{}>{}{}</text>\n", style,
        cell.x + kCell / 2, static_cast<double>(cell.y + kCell / 2) + 0.35 * size, size,
        showing.first, digits, showing.second);
  }

  void cells(const Grid& grid) {
    for (Index row = 0; row < grid.rows; ++row)
      for (Index column = 0; column < grid.columns; ++column)
        rectangle("cell", grid.cell(row, column));
  }

  void numbers(const Grid& grid, const Tensor& values) {
    for (Index i = 0; i < grid.rows * grid.columns; ++i)
      number(grid.cell(i / grid.columns, i % grid.columns), values.data()[i]);
  }

  void image_cells() {
    for (Index row = 0; row < image_.rows; ++row)
      for (Index column = 0; column < image_.columns; ++column)
        rectangle(is_padding(row, column) ? "padding" : "cell", image_.cell(row, column));
  }

  /// The kernel's window on the image, its weights in the corners, and the mark of the feature.
  void moving_marks() {
    std::vector<Point> windows, marks;
    for (Index step = 0; step < steps(); ++step) {
      windows.push_back({padded_column(step, 0) * kCell, padded_row(step, 0) * kCell});
      marks.push_back({column_of(step) * kCell, row_of(step) * kCell});
    }
    const auto moving = [&](const std::vector<Point>& positions, auto content) {
      body_ += fmt::format("<g transform=\"translate({},{})\">{}\n", positions.back().x,
                           positions.back().y, time_.along(positions));
      content();
      body_ += "</g>\n";
    };
    moving(windows, [&] {
      for (Index i = 0; i < g_.kernel.h * g_.kernel.w; ++i) {
        const Point tap =
            image_.cell(i / g_.kernel.w * g_.dilation.h, i % g_.kernel.w * g_.dilation.w);
        rectangle("tap", tap);
        body_ +=
            fmt::format("<text class=\"weight\" x=\"{}\" y=\"{}\">×{}</text>\n", tap.x + kCell - 4,
                        tap.y + kCell - 4, number_text(e_.kernel.data()[i]));
      }
    });
    moving(marks, [&] { rectangle("now", features_.corner); });
  }

  /// Pixels stay; each step adds a feature and shows its sum.
  void conv_numbers() {
    for (Index row = 0; row < image_.rows; ++row)
      for (Index column = 0; column < image_.columns; ++column)
        number(image_.cell(row, column), pixel(row, column),
               is_padding(row, column) ? "number faint" : "number");
    for (Index step = 0; step < steps(); ++step) {
      const Real feature = e_.features.data()[step];
      number(features_.cell(row_of(step), column_of(step)), feature, "number",
             time_.during(step, steps()));
      std::vector<std::string> lines = kernel_lines([&](Index ky, Index kx, Real weight) {
        return fmt::format("{}{}·{}",
                           ky + kx == 0 ? "  "
                           : kx == 0    ? "+ "
                                        : " + ",
                           number_text(pixel(padded_row(step, ky), padded_column(step, kx))),
                           number_text(weight));
      });
      lines.push_back(fmt::format("= {}", number_text(feature)));
      show_lines(step, lines);
    }
  }

  /// Features stay; each step adds its stamp to the image's running sums.
  void transpose_numbers() {
    numbers(features_, e_.features);
    std::vector<std::vector<std::pair<Index, Real>>> sums(  // of each cell: from which step, value
        static_cast<std::size_t>(image_.rows * image_.columns), {{0, Real{0}}});
    for (Index step = 0; step < steps(); ++step) {
      const Real feature = e_.features.data()[step];
      kernel_lines([&](Index ky, Index kx, Real weight) {
        auto& history = sums[padded_row(step, ky) * image_.columns + padded_column(step, kx)];
        const Real sum = history.back().second + feature * weight;
        if (history.back().first == step) history.pop_back();
        history.emplace_back(step, sum);
        return std::string();
      });
      std::vector<std::string> lines = kernel_lines([&](Index, Index kx, Real weight) {
        return fmt::format("{}{}·{} = {}", kx == 0 ? "" : "   ", number_text(feature),
                           number_text(weight), number_text(feature * weight));
      });
      lines.insert(lines.begin(),
                   fmt::format("feature {} stamps, and the image adds", number_text(feature)));
      show_lines(step, lines);
    }
    for (Index cell = 0; cell < image_.rows * image_.columns; ++cell) {
      const auto& history = sums[cell];
      const Index row = cell / image_.columns, column = cell % image_.columns;
      for (std::size_t i = 0; i < history.size(); ++i) {
        const Index until = i + 1 < history.size() ? history[i + 1].first : steps();
        const bool faint = is_padding(row, column) || history[i].second == 0;
        number(image_.cell(row, column), history[i].second, faint ? "number faint" : "number",
               time_.during(history[i].first, until));
      }
    }
  }

  /// One line a kernel row, from text(ky, kx, weight).
  template <class Text>
  std::vector<std::string> kernel_lines(Text text) const {
    std::vector<std::string> lines;
    for (Index ky = 0; ky < g_.kernel.h; ++ky) {
      std::string& line = lines.emplace_back();
      for (Index kx = 0; kx < g_.kernel.w; ++kx) {
        const std::string term = text(ky, kx, e_.kernel.data()[ky * g_.kernel.w + kx]);
        if (kx < kMostTermsALine)
          line += term;
        else if (kx == kMostTermsALine)
          line += " ...";
      }
    }
    return lines;
  }

  void show_lines(Index step, std::vector<std::string> lines) {
    if (static_cast<Index>(lines.size()) > kMostLines) {
      lines[kMostLines - 2] = "...";
      lines[kMostLines - 1] = lines.back();
      lines.resize(kMostLines);
    }
    const auto [attribute, animation] = time_.standing(step);
    body_ += fmt::format("<g{}>{}\n", attribute, animation);
    Index y = lines_top_;
    for (const std::string& line : lines) {
      body_ +=
          fmt::format("<text class=\"sum\" x=\"{}\" y=\"{}\" xml:space=\"preserve\">{}</text>\n",
                      kMargin, y, line);
      y += kLine;
      // A dot of "·" takes two bytes: the estimate is on the safe side.
      width_ = std::max(
          width_, static_cast<Index>(kLetter * static_cast<double>(line.size())) + 2 * kMargin);
      height_ = std::max(height_, y);
    }
    body_ += "</g>\n";
  }

  /// "features 2x2 -> image 5x5, kernel 3x3, stride 2x2, ..."
  std::string description() const {
    const std::string image = fmt::format("image {}x{}", g_.image.h, g_.image.w);
    const std::string features = fmt::format("features {}x{}", g_.features.h, g_.features.w);
    const Padding& p = g_.padding;
    return fmt::format(
        "{} -> {}, kernel {}x{}, stride {}x{}, dilation {}x{}, padding {} {} {} {} (top bottom "
        "left "
        "right)",
        e_.is_conv() ? image : features, e_.is_conv() ? features : image, g_.kernel.h, g_.kernel.w,
        g_.stride.h, g_.stride.w, g_.dilation.h, g_.dilation.w, p.top, p.bottom, p.left, p.right);
  }

  std::string document() const {
    const std::string title = e_.is_conv() ? "The walk of a convolution's kernel over its image"
                                           : "The stamps of a transposed convolution";
    const Index height = height_ + kMargin;
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
               "height=\"{1}\" role=\"img\">\n<title>{2}</title>\n<desc>{3}</desc>\n",
               width_, height, title, description()) +
           std::string(kStyle) + body_ + "</svg>\n";
  }

  const Explanation& e_;
  const ConvGeometry& g_;
  Timeline time_;
  Grid image_{}, features_{}, kernel_{};
  Index width_ = 0;
  Index height_ = 0;
  Index lines_top_ = 0;
  std::string body_;
};

}  // namespace

std::string walk_svg(const ExplainRequest& request) {
  const Explanation e = explain(request);
  return Walk(e).draw();
}

}  // namespace adjoint
