#include "inference/inspection/explain/text_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace adjoint {
namespace {

constexpr Index kMostShown = 40;
constexpr Index kShownAtEachEnd = 12;
constexpr Index kLeftOut = -1;

/// The positions to show of `count`, with kLeftOut where some are missing.
std::vector<Index> shown(Index count) {
  std::vector<Index> positions;
  for (Index i = 0; i < count; ++i) {
    if (count > kMostShown && i == kShownAtEachEnd) {
      positions.push_back(kLeftOut);
      i = count - kShownAtEachEnd;
    }
    positions.push_back(i);
  }
  return positions;
}

}  // namespace

std::string number_text(Real value) {
  return fmt::format("{:.7g}", value == 0 ? Real{0} : value);  // no "-0"
}

std::string grid_text(ConstView matrix, int indent) {
  const std::vector<Index> rows = shown(matrix.shape[0]), columns = shown(matrix.shape[1]);
  std::vector<std::string> cells;
  for (Index row : rows)
    for (Index column : columns)
      cells.push_back(row == kLeftOut || column == kLeftOut
                          ? "..."
                          : number_text(matrix[row * matrix.shape[1] + column]));
  std::size_t width = 0;
  for (const std::string& cell : cells) width = std::max(width, cell.size());
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool first = i % columns.size() == 0, last = i % columns.size() == columns.size() - 1;
    text += fmt::format("{:{}}{:>{}}{}", "", first ? indent : 1, cells[i], width, last ? "\n" : "");
  }
  return text;
}

}  // namespace adjoint
