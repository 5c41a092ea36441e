#include "datasets/formats/csv.hpp"

#include <algorithm>

#include "tests/fuzz/target.hpp"

void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::vector<CsvRow> rows = parse_csv(text, "fuzz.csv");
  std::string written;
  for (const CsvRow& row : rows) written += csv_line(row.fields);
  const std::vector<CsvRow> again = parse_csv(written, "written.csv");
  const auto same = [](const CsvRow& a, const CsvRow& b) { return a.fields == b.fields; };
  if (!std::ranges::equal(rows, again, same))
    throw std::logic_error("rows that were written read as others");
}
