#pragma once

#include <string>
#include <vector>

namespace adjoint {

struct LineChart {
  std::string title;
  std::vector<double> x;  // ascending; its ends are labelled
  struct Line {
    std::string name;
    std::vector<double> values;  // as many as x
  };
  std::vector<Line> lines;
};

/// The chart as an <svg> to stand in a page, from 0 or the least value to the greatest. Colours
/// come from the page's classes: axis, and line1, line2 and so on.
std::string line_chart_svg(const LineChart& chart);

}  // namespace adjoint
