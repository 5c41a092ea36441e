#include "inference/report/blocks.hpp"

namespace adjoint::blocks {

Json text(const std::string& text) {
  return {{"kind", "text"}, {"text", text}};
}

Json remark(const std::string& text) {
  return {{"kind", "text"}, {"text", text}, {"faint", true}};
}

Json heading(const std::string& text) {
  return {{"kind", "heading"}, {"text", text}};
}

Json code(const std::string& text, const std::string& label) {
  return {{"kind", "code"}, {"text", text}, {"label", label}};
}

Json facts(const std::vector<std::pair<std::string, std::string>>& facts) {
  Json list = Json::array();
  for (const auto& [name, value] : facts) list.push_back(Json::array({name, value}));
  return {{"kind", "facts"}, {"facts", list}};
}

Json table_content(const Table& table) {
  Json columns = Json::array(), rows = Json::array();
  for (const Table::Column& column : table.columns)
    columns.push_back({{"title", column.title}, {"left", column.align == Table::Align::left}});
  for (const Table::Row& row : table.rows)
    rows.push_back({{"cells", row.cells}, {"total", row.total}});
  return {{"columns", columns}, {"rows", rows}};
}

Json table(const Table& table, const std::string& caption, const std::string& style) {
  Json block{{"kind", "table"}, {"table", table_content(table)}, {"caption", caption}};
  if (!style.empty()) block["style"] = style;
  return block;
}

Json charts(const std::vector<LineChart>& charts) {
  Json list = Json::array();
  for (const LineChart& chart : charts) {
    Json lines = Json::array();
    for (const LineChart::Line& line : chart.lines)
      lines.push_back({{"name", line.name}, {"values", line.values}});
    Json one{{"title", chart.title}, {"x", chart.x},         {"at", chart.at},
             {"lines", lines},       {"whole", chart.whole}, {"scales", chart.scales},
             {"plain", chart.plain}, {"note", chart.note}};
    if (chart.marked) one["marked"] = {{"at", chart.marked->at}, {"name", chart.marked->name}};
    list.push_back(std::move(one));
  }
  return {{"kind", "charts"}, {"charts", list}};
}

Json fold(const std::string& title, std::vector<Json> blocks) {
  return {{"kind", "fold"}, {"title", title}, {"blocks", std::move(blocks)}};
}

}  // namespace adjoint::blocks
