#pragma once

#include <string>
#include <vector>

namespace adjoint {

/// A table of texts, shown in a terminal or on a page.
struct Table {
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
  };
  struct Row {
    std::vector<std::string> cells;  // as many as columns; a single one spans them all
    bool total = false;              // set off from what is above
  };
  std::vector<Column> columns;
  std::vector<Row> rows;
};

/// Columns as wide as they need to be, two spaces between them, each line behind `indent` spaces.
std::string table_text(const Table& table, int indent = 0);

/// A text with what HTML would take as markup replaced.
std::string html_escaped(const std::string& text);

}  // namespace adjoint
