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

TEST(HtmlEscaped, ReplacesMarkup) {
  EXPECT_EQ(html_escaped("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
}

}  // namespace
}  // namespace adjoint
