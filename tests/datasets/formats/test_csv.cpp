#include "datasets/formats/csv.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Fields = std::vector<std::string>;

std::vector<Fields> fields_of(const std::string& text) {
  std::vector<Fields> rows;
  for (const CsvRow& row : parse_csv(text, "t.csv")) rows.push_back(row.fields);
  return rows;
}

TEST(Csv, ReadsRowsAsPeopleAndProgramsWriteThem) {
  EXPECT_THAT(fields_of("name,label\na.png,1\n"),
              ElementsAre(Fields{"name", "label"}, Fields{"a.png", "1"}));
  EXPECT_THAT(fields_of("a , 1\r\n\n \r\nb,\"2\" "),
              ElementsAre(Fields{"a", "1"}, Fields{"b", "2"}));
  EXPECT_THAT(fields_of("\xEF\xBB\xBF"
                        "a,,\n"),
              ElementsAre(Fields{"a", "", ""}));
  EXPECT_THAT(fields_of("\"a,b.png\",1"), ElementsAre(Fields{"a,b.png", "1"}));
  EXPECT_THAT(fields_of("\"say \"\"so\"\"\",\"two\nlines\",\" x \""),
              ElementsAre(Fields{"say \"so\"", "two\nlines", " x "}));
  EXPECT_THAT(fields_of("5\" disk,1"), ElementsAre(Fields{"5\" disk", "1"}));
  EXPECT_THAT(fields_of(""), ElementsAre());
}

TEST(Csv, CountsTheLinesOfTheFile) {
  const std::vector<CsvRow> rows = parse_csv("a\n\n\"b\nc\",1\nd\n", "t.csv");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_EQ(rows[2].line, 5);
}

TEST(Csv, SaysWhereAQuoteIsNotClosed) {
  EXPECT_THAT([] { parse_csv("a\n\"b,1\nc,2\n", "t.csv"); },
              ThrowsMessage<InputError>(HasSubstr("t.csv:2: a quote is opened and not closed")));
  EXPECT_THAT([] { parse_csv("\"a\"b,1\n", "t.csv"); },
              ThrowsMessage<InputError>(HasSubstr("t.csv:1: expected a comma")));
}

TEST(Csv, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(csv_line({"a b.png", "0.5", "", "é"}), "a b.png,0.5,,é\n");
  EXPECT_EQ(csv_line({"", "1"}), ",1\n");
  EXPECT_EQ(csv_line({"a,b", "say \"so\"", "two\nlines"}),
            "\"a,b\",\"say \"\"so\"\"\",\"two\nlines\"\n");
}

TEST(Csv, GivesBackWhatItWrote) {
  const Fields odd{"a,b.png", "\"",  "\"\"", "line\nbreak", "cr\r", "\r\n",          " space ",
                   "\t",      "a\"", ",",    "x\"y,z\n",    "",     "\xEF\xBB\xBFx", "\xFF\xFE"};
  EXPECT_THAT(fields_of(csv_line(odd) + csv_line({"next"})), ElementsAre(odd, Fields{"next"}));
  for (const std::string& field : odd)
    EXPECT_THAT(fields_of(csv_line({field, "1"})), ElementsAre(Fields{field, "1"}));
}

}  // namespace
}  // namespace adjoint
