#include "models/config/key_table.hpp"

#include <algorithm>
#include <map>

#include "models/config/value_text.hpp"

namespace adjoint {
namespace {

/// Values that keys are given while others are looked for: by dotted path. An array of tables has
/// one element where its path is among them, else none.
using Choices = std::map<std::string, std::string>;

std::string dotted(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

/// The keys of one table as one visit found them.
struct Found {
  std::string doc;
  bool array = false;
  std::vector<KeyEntry> keys;
  std::vector<std::string> tables;                          // paths
  std::map<std::string, std::vector<std::string>> choices;  // of keys that have a few
  std::vector<std::string> optional;                        // keys that are unset
};
using Document = std::map<std::string, Found>;

/// Notes every key, and sets those that are chosen.
class Lister final : public Keys {
 public:
  Lister(std::string path, const Choices& choices, Document& document)
      : path_(std::move(path)), choices_(choices), document_(document) {}

 private:
  void visit(const Field& field) override {
    const std::optional<ConfigValue> before = field.write();
    KeyEntry entry{.name = std::string(field.name),
                   .expected = field.expected,
                   .required = field.required,
                   .doc = std::string(field.doc),
                   .choices = field.choices};
    if (before) entry.default_value = to_toml(*before);
    Found& found = document_[path_];
    if (!field.choices.empty()) {
      found.choices[entry.name] = field.choices;
    } else if (!before) {
      found.optional.push_back(entry.name);
    }
    const auto chosen = choices_.find(dotted(path_, field.name));
    if (chosen != choices_.end()) choose(field, chosen->second);
    found.keys.push_back(std::move(entry));
  }

  /// Sets a key to a name; one that takes no name to anything that it takes.
  static void choose(const Field& field, const std::string& name) {
    const ConfigValue values[] = {name, Index{1}, 0.5, ConfigList{Index{1}, Index{1}}, true};
    std::string suggestion;
    for (const ConfigValue& value : values)
      if (field.read(value, suggestion)) return;
  }

  Lister below(std::string_view name, std::string_view doc, bool array) {
    const std::string path = dotted(path_, name);
    document_[path_].tables.push_back(path);
    document_[path].doc = doc;
    document_[path].array = array;
    return {path, choices_, document_};
  }
  void visit_table(std::string_view name, std::string_view doc,
                   const std::function<void(Keys&)>& visit_keys) override {
    Lister table = below(name, doc, false);
    visit_keys(table);
  }
  void visit_tables(std::string_view name, std::string_view doc, std::size_t /*count*/,
                    const std::function<void(std::size_t)>& resize,
                    const std::function<void(std::size_t, Keys&)>& visit_keys) override {
    Lister element = below(name, doc, true);
    if (!choices_.contains(dotted(path_, name))) return;
    resize(1);
    visit_keys(0, element);
  }

  std::string path_;
  const Choices& choices_;
  Document& document_;
};

bool has(const std::vector<KeyEntry>& keys, const std::string& name) {
  return std::ranges::find(keys, name, &KeyEntry::name) != keys.end();
}
bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether a path ends in a table of the name of the one that holds it ("data.part.part"): such a
/// table has been listed.
bool is_inside_itself(const std::string& path) {
  const std::size_t last = path.rfind('.');
  const std::string name = path.substr(last + 1);
  const std::string parent = last == std::string::npos ? "" : path.substr(0, last);
  return parent == name || parent.ends_with("." + name);
}

/// Sorts the keys of one table after another into those that are always there and variants.
class Sorter {
 public:
  explicit Sorter(std::function<void(Keys&)> visit) : visit_(std::move(visit)) {}

  TableEntry table(const std::string& path, Choices choices) const {
    Found found = look(choices)[path];
    if (found.array) {
      choices.emplace(path, "element");
      found = look(choices)[path];
    }
    TableEntry entry{.path = path, .doc = found.doc, .array = found.array};
    sort(path, choices, found, {}, entry);
    return entry;
  }

 private:
  Document look(const Choices& choices) const {
    Document document;
    Lister lister("", choices, document);
    visit_(lister);
    return document;
  }

  /// Sorts a table's keys, given some choices, without those that were listed before.
  template <class Entry>
  void sort(const std::string& path, const Choices& choices, const Found& found,
            const Found& listed, Entry& entry) const {
    Found common = found;
    for (const KeyEntry& key : found.keys) {
      if (has(listed.keys, key.name) || choices.contains(dotted(path, key.name))) continue;
      const auto names = found.choices.find(key.name);
      if (names == found.choices.end()) continue;
      for (const std::string& name : names->second)
        keep_common(look(with(choices, dotted(path, key.name), name))[path], common);
    }
    for (const KeyEntry& key : common.keys)
      if (!has(listed.keys, key.name)) entry.keys.push_back(key);
    for (const std::string& below : common.tables) {
      if (!has(listed.tables, below) && !is_inside_itself(below))
        entry.tables.push_back(table(below, choices));
    }

    const Found seen = joined(listed, common);
    for (const KeyEntry& key : entry.keys) {
      if (choices.contains(dotted(path, key.name))) continue;
      std::vector<std::string> values;
      if (const auto names = found.choices.find(key.name); names != found.choices.end())
        values = names->second;
      const bool optional = has(found.optional, key.name);
      if (optional) values = {"any"};
      for (const std::string& value : values) {
        const Choices chosen = with(choices, dotted(path, key.name), value);
        KeyVariant variant{.key = key.name, .value = optional ? "" : to_toml(ConfigValue(value))};
        sort(path, chosen, look(chosen)[path], optional ? joined(seen, found) : seen, variant);
        if (!variant.keys.empty() || !variant.tables.empty()) entry.variants.push_back(variant);
      }
    }
  }

  static Found joined(Found a, const Found& b) {
    a.keys.insert(a.keys.end(), b.keys.begin(), b.keys.end());
    a.tables.insert(a.tables.end(), b.tables.begin(), b.tables.end());
    return a;
  }

  static Choices with(Choices choices, const std::string& path, const std::string& value) {
    choices.insert_or_assign(path, value);
    return choices;
  }

  static void keep_common(const Found& other, Found& common) {
    std::erase_if(common.keys, [&](const KeyEntry& key) { return !has(other.keys, key.name); });
    std::erase_if(common.tables,
                  [&](const std::string& below) { return !has(other.tables, below); });
  }

  std::function<void(Keys&)> visit_;
};

}  // namespace

TableEntry detail::list_keys(const std::function<void(Keys&)>& visit) {
  return Sorter(visit).table("", {});
}

}  // namespace adjoint
