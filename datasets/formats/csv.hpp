#pragma once

#include <string>
#include <string_view>
#include <vector>

// Comma-separated values, as RFC 4180 has them: a field that holds a comma, a quote or a line break
// stands in quotes, and a quote in it is doubled. Whatever is written is read back as it was.

namespace adjoint {

struct CsvRow {
  int line = 1;  // where it begins, counted from 1
  std::vector<std::string> fields;
};

/// The rows of a text; lines without anything are left out. Lines end in LF or CRLF. Spaces around
/// a field without quotes do not belong to it. Throws InputError, with `name` and the line, where a
/// quote is not closed or something follows a closed one.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

/// One row and its line end.
std::string csv_line(const std::vector<std::string>& fields);

}  // namespace adjoint
