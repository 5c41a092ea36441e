#include "datasets/formats/csv.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // as spreadsheets write it
constexpr std::string_view kSpaces = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name) : rest_(text), name_(name) {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
  }

  std::vector<CsvRow> parse() {
    std::vector<CsvRow> rows;
    while (!rest_.empty()) {
      CsvRow row{.line = line_};
      do {
        row.fields.push_back(field());
      } while (eat(','));
      eat('\n');
      ++line_;
      if (row.fields.size() > 1 || !row.fields[0].empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  bool eat(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Up to a comma or the end of the line.
  std::string_view plain() {
    const std::string_view text = rest_.substr(0, rest_.find_first_of(",\n"));
    rest_.remove_prefix(text.size());
    return trimmed(text);
  }
  std::string field() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpaces), rest_.size()));
    if (!eat('"')) return std::string(plain());
    const int opened = line_;
    std::string text;
    do {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos)
        throw InputError("{}:{}: a quote is opened and not closed", name_, opened);
      text += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (rest_.starts_with('"')) text += '"';  // a doubled one
    } while (eat('"'));
    line_ += static_cast<int>(std::ranges::count(text, '\n'));
    if (const std::string_view behind = plain(); !behind.empty()) {
      throw InputError(
          "{}:{}: expected a comma or the end of the line behind a closed quote, got \"{}\"", name_,
          line_, behind);
    }
    return text;
  }

  std::string_view rest_;
  const std::string& name_;
  int line_ = 1;
};

/// A field as the parser gives it back.
std::string quoted(const std::string& field) {
  const bool plain = field.find_first_of(",\"\n\r") == std::string::npos &&
                     field.size() == trimmed(field).size() && !field.starts_with(kByteOrderMark);
  if (plain) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
  return CsvParser(text, name).parse();
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    line += quoted(field);
  }
  return line + '\n';
}

}  // namespace adjoint
