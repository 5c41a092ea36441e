#include <gtest/gtest.h>

#include "inference/inspection/table.hpp"

namespace adjoint {
namespace {

const Table kTable{
    .columns = {{"name", Table::Align::left}, {"count"}},
    .rows = {{{"é", "1"}}, {{"half"}}, {{"ab<c>", "1,000"}}, {{"total", "1,001"}, true}}};

TEST(TableText, AlignsByCharactersAndEndsNoLineInSpaces) {
  EXPECT_EQ(table_text(kTable, 1),
            " name   count\n"
            " ────────────\n"
            " é          1\n"
            " ── half ────\n"
            " ab<c>  1,000\n"
            " ────────────\n"
            " total  1,001\n");
}

TEST(TableHtml, EscapesAndSpans) {
  const std::string html = table_html(kTable);
  EXPECT_NE(html.find("<td class=\"text\">ab&lt;c&gt;</td><td>1,000</td>"), std::string::npos);
  EXPECT_NE(html.find("<tr class=\"rule\"><td colspan=\"2\">half</td></tr>"), std::string::npos);
  EXPECT_NE(html.find("<tr class=\"total\">"), std::string::npos);
}

}  // namespace
}  // namespace adjoint
