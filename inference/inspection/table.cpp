#include "inference/inspection/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace adjoint {
namespace {

/// Characters, not bytes.
std::size_t length_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, Table::Align align) {
  const std::string space(width - std::min(width, length_of(text)), ' ');
  return align == Table::Align::left ? text + space : space + text;
}

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

bool spans(const Table& table, const Table::Row& row) {
  return row.cells.size() == 1 && table.columns.size() > 1;
}

}  // namespace

std::string table_text(const Table& table, int indent) {
  std::vector<std::size_t> widths;
  std::size_t whole = 0;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = length_of(table.columns[c].title);
    for (const Table::Row& row : table.rows) {
      if (!spans(table, row)) width = std::max(width, length_of(row.cells[c]));
    }
    widths.push_back(width);
    whole += width + (c > 0 ? 2 : 0);
  }
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  const auto rule = [&] {
    std::string line = margin;
    for (std::size_t i = 0; i < whole; ++i) line += "─";
    line += '\n';
    return line;
  };
  std::string text = margin;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (c > 0) text += "  ";
    text += padded(table.columns[c].title, widths[c], table.columns[c].align);
  }
  end_line(text);
  text += rule();
  for (const Table::Row& row : table.rows) {
    if (row.total) text += rule();
    text += margin;
    if (spans(table, row)) {
      text += fmt::format("── {} ", row.cells[0]);
      for (std::size_t i = length_of(row.cells[0]) + 4; i < whole; ++i) text += "─";
    } else {
      for (std::size_t c = 0; c < widths.size(); ++c) {
        if (c > 0) text += "  ";
        text += padded(row.cells[c], widths[c], table.columns[c].align);
      }
    }
    end_line(text);
  }
  return text;
}

std::string html_escaped(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace adjoint
