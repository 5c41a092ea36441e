#include "framework/settings/inline_table.hpp"

#include <algorithm>

namespace adjoint {
namespace {

/// Keys of single values; tables within inline tables are nobody's.
class FieldVisitor : public Keys {
  void visit_table(std::string_view, std::string_view, const std::function<void(Keys&)>&) override {
  }
  void visit_tables(std::string_view, std::string_view, std::size_t,
                    const std::function<void(std::size_t)>&,
                    const std::function<void(std::size_t, Keys&)>&) override {}
};

class InlineReader final : public FieldVisitor {
 public:
  explicit InlineReader(const ConfigTable& table) : table_(table) {}

  bool succeeded() const {
    return fits_ && std::ranges::all_of(table_, [&](const auto& entry) {
             return std::ranges::find(known_, entry.first) != known_.end();
           });
  }

 private:
  void visit(const Field& field) override {
    known_.emplace_back(field.name);
    const auto entry = std::ranges::find(table_, field.name, &ConfigTable::value_type::first);
    std::string suggestion;
    fits_ =
        fits_ && (entry != table_.end() ? field.read(entry->second, suggestion) : !field.required);
  }

  const ConfigTable& table_;
  std::vector<std::string> known_;
  bool fits_ = true;
};

class InlineWriter final : public FieldVisitor {
 public:
  ConfigTable table;

 private:
  void visit(const Field& field) override {
    if (auto value = field.write()) table.emplace_back(field.name, *std::move(value));
  }
};

}  // namespace

namespace detail {

bool read_inline_table(const ConfigValue& from, const std::function<void(Keys&)>& visit_keys) {
  const auto* table = from.as<ConfigTable>();
  if (!table) return false;
  InlineReader reader(*table);
  visit_keys(reader);
  return reader.succeeded();
}

ConfigTable write_inline_table(const std::function<void(Keys&)>& visit_keys) {
  InlineWriter writer;
  visit_keys(writer);
  return writer.table;
}

}  // namespace detail
}  // namespace adjoint
