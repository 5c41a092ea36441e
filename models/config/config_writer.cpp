#include "models/config/config_text.hpp"
#include "models/config/value_text.hpp"

namespace adjoint {
namespace {

/// Writes one table and what is below it, in the order of its keys; TOML wants a table's values
/// before its sub-tables.
class ConfigWriter final : public Keys {
 public:
  explicit ConfigWriter(std::string path) : path_(std::move(path)) {}

  /// Body and sub-tables under a header.
  std::string under(const std::string& header) const {
    const bool only_groups = values_.empty() && !tables_.empty() && header[1] != '[';
    return (only_groups ? "" : "\n" + header + "\n" + values_) + tables_;
  }
  std::string all() const {
    // A document that starts with a table needs no blank line before it.
    return values_.empty() && !tables_.empty() ? tables_.substr(1) : values_ + tables_;
  }

 private:
  void visit(const Field& field) override {
    if (const auto value = field.write()) values_ += line(field.name, to_toml(*value));
  }

  void visit_table(std::string_view name, std::string_view /*doc*/,
                   const std::function<void(Keys&)>& visit_keys) override {
    ConfigWriter table(dotted(name));
    visit_keys(table);
    tables_ += table.under("[" + table.path_ + "]");
  }

  void visit_tables(std::string_view name, std::string_view /*doc*/, std::size_t count,
                    const std::function<void(std::size_t)>& /*resize*/,
                    const std::function<void(std::size_t, Keys&)>& visit_keys) override {
    if (count == 0) values_ += line(name, "[]");
    for (std::size_t i = 0; i < count; ++i) {
      ConfigWriter table(dotted(name));
      visit_keys(i, table);
      tables_ += table.under("[[" + table.path_ + "]]");
    }
  }

  static std::string line(std::string_view key, const std::string& value) {
    return key_to_toml(key) + " = " + value + "\n";
  }
  std::string dotted(std::string_view name) const {
    return path_ + (path_.empty() ? "" : ".") + key_to_toml(name);
  }

  std::string path_;
  std::string values_;
  std::string tables_;
};

}  // namespace

std::string detail::write_config(const std::function<void(Keys&)>& visit_keys) {
  ConfigWriter writer("");
  visit_keys(writer);
  return writer.all();
}

}  // namespace adjoint
