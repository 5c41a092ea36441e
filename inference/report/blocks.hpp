#pragma once

// The blocks of a page's sections. Each function gives one as JSON, of a kind that page.js draws.

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inference/inspection/table.hpp"
#include "inference/report/page.hpp"

namespace adjoint {

/// Lines over one axis; numbers that are not finite are gaps.
struct LineChart {
  std::string title;
  std::string x;           // name of the axis
  std::vector<double> at;  // ascending
  struct Line {
    std::string name;
    std::vector<double> values;  // as many as `at`
  };
  std::vector<Line> lines;
  bool whole = false;   // x counts something
  bool scales = false;  // offers a logarithmic scale, where all values are positive
  bool plain = false;   // lines without dots
  struct Mark {
    double at = 0;
    std::string name;
  };
  std::optional<Mark> marked = {};
  std::string note = {};
};

namespace blocks {

using Json = Page::Json;

Json text(const std::string& text);
/// A remark, in smaller type.
Json remark(const std::string& text);
Json heading(const std::string& text);
Json code(const std::string& text, const std::string& label);
/// Names and values.
Json facts(const std::vector<std::pair<std::string, std::string>>& facts);
/// `style` is a class of page.css.
Json table(const Table& table, const std::string& caption, const std::string& style = {});
Json charts(const std::vector<LineChart>& charts);
/// Blocks that are folded away until the title is clicked.
Json fold(const std::string& title, std::vector<Json> blocks);

/// The table as page.js takes it.
Json table_content(const Table& table);

}  // namespace blocks

}  // namespace adjoint
