#include "train/program/reference.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "datasets/fetch/published_data.hpp"
#include "framework/conv/engine_table.hpp"
#include "framework/metrics/metric.hpp"
#include "models/config/key_table.hpp"
#include "models/config/value_text.hpp"
#include "models/layer_table.hpp"
#include "models/presets/preset_table.hpp"
#include "train/config.hpp"
#include "train/program/format_reference.hpp"

namespace adjoint {
namespace {

constexpr const char* kHead =
    R"(# Every key of a config

`adjoint reference` prints this page from the lists of keys that also read a config. `adjoint train CONFIG --set
key=value` overrides any of them: `--set training.epochs=2`, `--set model.layer.enc1.filters=8`.
)";

// A key that all choices of another key bring along, but for so many, is listed once.
constexpr std::size_t kMayLack = 2;
constexpr std::size_t kFewChoices = 4;

/// Text in a cell of a table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// The docs of keys begin with a small letter.
std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

std::string rows(const std::vector<KeyEntry>& keys) {
  if (keys.empty()) return "";
  std::string text = "\n| key | takes | default | meaning |\n|---|---|---|---|\n";
  for (const KeyEntry& key : keys) {
    const std::string value = key.required                ? "required"
                              : key.default_value.empty() ? ""
                                                          : fmt::format("`{}`", key.default_value);
    text += fmt::format("| `{}` | {} | {} | {} |\n", key.name, cell(key.expected), cell(value),
                        cell(key.doc));
  }
  return text;
}

std::string condition(const KeyVariant& variant) {
  return variant.value.empty() ? fmt::format("with `{}`", variant.key)
                               : fmt::format("`{} = {}`", variant.key, variant.value);
}

const KeyVariant* find(const std::vector<KeyVariant>& variants, const std::string& key,
                       const std::string& value) {
  const auto found = std::ranges::find_if(
      variants, [&](const KeyVariant& v) { return v.key == key && v.value == value; });
  return found == variants.end() ? nullptr : &*found;
}

bool has(const std::vector<KeyEntry>& keys, const std::string& name) {
  return std::ranges::find(keys, name, &KeyEntry::name) != keys.end();
}

/// The choices of `chooser` that lack a key, for the end of its doc; nothing if too many do.
template <class Entry>
std::optional<std::string> exceptions(const Entry& entry, const KeyEntry& chooser,
                                      const KeyEntry& key) {
  std::vector<std::string> without, other;
  for (const std::string& choice : chooser.choices) {
    const std::string value = to_toml(ConfigValue(choice));
    const KeyVariant* variant = find(entry.variants, chooser.name, value);
    if (variant && std::ranges::find(variant->keys, key) != variant->keys.end()) continue;
    const std::string text = fmt::format("`{} = {}`", chooser.name, value);
    (variant && has(variant->keys, key.name) ? other : without).push_back(text);
  }
  if (without.size() + other.size() > kMayLack) return std::nullopt;
  std::string text;
  if (!without.empty()) text += fmt::format("; not with {}", fmt::join(without, " or "));
  if (!other.empty()) text += fmt::format("; see below for {}", fmt::join(other, " and "));
  return text;
}

/// Moves what nearly all choices of a key bring along from them to the table itself.
template <class Entry>
void gather(Entry& entry) {
  for (KeyVariant& variant : entry.variants) gather(variant);
  const std::vector<KeyEntry> choosers = entry.keys;
  for (const KeyEntry& chooser : choosers) {
    if (chooser.choices.size() < kFewChoices) continue;
    std::vector<KeyEntry> candidates;
    std::vector<TableEntry> tables;
    for (const KeyVariant& variant : entry.variants) {
      if (variant.key != chooser.name) continue;
      for (const KeyEntry& key : variant.keys)
        if (std::ranges::find(candidates, key) == candidates.end()) candidates.push_back(key);
      if (tables.empty()) tables = variant.tables;
    }
    for (const KeyEntry& key : candidates) {
      const std::optional<std::string> lacking = exceptions(entry, chooser, key);
      if (!lacking) continue;
      for (KeyVariant& variant : entry.variants) std::erase(variant.keys, key);
      entry.keys.push_back(key);
      entry.keys.back().doc += *lacking;
    }
    for (const TableEntry& table : tables) {
      const auto is_it = [&](const TableEntry& other) { return other.path == table.path; };
      const bool everywhere = std::ranges::all_of(chooser.choices, [&](const std::string& choice) {
        const KeyVariant* variant =
            find(entry.variants, chooser.name, to_toml(ConfigValue(choice)));
        return variant && std::ranges::any_of(variant->tables, is_it);
      });
      if (!everywhere) continue;
      for (KeyVariant& variant : entry.variants) std::erase_if(variant.tables, is_it);
      entry.tables.push_back(table);
    }
  }
  std::erase_if(entry.variants, [](const KeyVariant& variant) {
    return variant.keys.empty() && variant.tables.empty() && variant.variants.empty();
  });
}

/// Whether `known` lists all that `variants` does.
bool is_covered(const std::vector<KeyVariant>& variants, const std::vector<KeyVariant>& known) {
  return std::ranges::all_of(variants, [&](const KeyVariant& variant) {
    const KeyVariant* other = find(known, variant.key, variant.value);
    return other && variant.tables.empty() &&
           std::ranges::all_of(variant.keys,
                               [&](const KeyEntry& key) { return has(other->keys, key.name); }) &&
           is_covered(variant.variants, other->variants);
  });
}

std::string name_of(const TableEntry& table) {
  return table.array ? "[[" + table.path + "]]" : "[" + table.path + "]";
}

std::string section(const KeyVariant& variant, const std::string& path, int depth) {
  std::string text = fmt::format("\n{} {}, {}\n", std::string(static_cast<std::size_t>(depth), '#'),
                                 path, condition(variant));
  text += rows(variant.keys);
  for (const TableEntry& table : variant.tables)
    text += fmt::format("\nThere is also the table {}.\n", name_of(table));
  for (const KeyVariant& inner : variant.variants)
    text += section(inner, path + ", " + condition(variant), std::min(depth + 1, 6));
  return text;
}

std::string section(TableEntry table, const TableEntry& above);

std::string sections_below(const KeyVariant& variant, const TableEntry& table) {
  std::string text;
  for (const TableEntry& below : variant.tables) text += section(below, table);
  for (const KeyVariant& inner : variant.variants) text += sections_below(inner, table);
  return text;
}

std::string section(TableEntry table, const TableEntry& above) {
  gather(table);
  std::string text;
  if (!table.path.empty())
    text = fmt::format("\n## {}\n\n{}\n", name_of(table), sentence(table.doc));
  text += rows(table.keys);
  if (!table.variants.empty() && is_covered(table.variants, above.variants)) {
    text += fmt::format("\nThe other keys for each `{}` are those of {}.\n", table.variants[0].key,
                        name_of(above));
  } else {
    for (const KeyVariant& variant : table.variants) text += section(variant, name_of(table), 3);
  }
  for (const KeyVariant& variant : table.variants) text += sections_below(variant, table);
  for (const TableEntry& below : table.tables) text += section(below, table);
  return text;
}

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<KeyEntry>& keys) {
  Json list = Json::array();
  for (const KeyEntry& key : keys) {
    list.push_back({{"key", key.name},
                    {"takes", key.expected},
                    {"default", key.default_value},
                    {"required", key.required},
                    {"meaning", key.doc}});
  }
  return list;
}

Json json_of(const TableEntry& table);

/// The part that a table and a variant of it have in common.
template <class Entry>
void add_to(Json& json, const Entry& entry) {
  json["keys"] = json_of(entry.keys);
  for (const KeyVariant& variant : entry.variants) {
    Json with{{"with", variant.key}, {"value", variant.value}};
    add_to(with, variant);
    json["variants"].push_back(with);
  }
  for (const TableEntry& below : entry.tables) json["tables"].push_back(json_of(below));
}

Json json_of(const TableEntry& table) {
  Json json{{"table", table.path}, {"meaning", table.doc}, {"list", table.array}};
  add_to(json, table);
  return json;
}

template <class Rows>
std::string kinds(std::string_view title, const Rows& rows) {
  std::string text = fmt::format("\n### {}\n\n| name | meaning |\n|---|---|\n", title);
  for (const auto& row : rows) text += fmt::format("| `{}` | {} |\n", row.name, cell(row.doc));
  return text;
}

/// What adjoint data fetch downloads.
std::string published_table() {
  std::string text =
      "\n### Published data, `adjoint data fetch NAME`\n\n"
      "| name | data | bytes | folder | licence | publisher |\n|---|---|---|---|---|---|\n";
  for (const PublishedData& data : published_data()) {
    text += fmt::format("| `{}` | {} | {} | `{}` | {} | {} |\n", data.name, cell(data.doc),
                        data.bytes(), data.folder, cell(data.licence), data.homepage);
  }
  return text;
}

/// Tables of the names that keys such as loss.kind take.
std::string all_kinds() {
  return "\n## Kinds\n" + kinds("Data sources, `data.source`", SourceFamily::kinds()) +
         published_table() + kinds("Corruptions, `corruption.kind`", CorruptionFamily::kinds()) +
         kinds("Model presets, `model.preset`", PresetFamily::kinds()) +
         kinds("Layers, `model.layer.type`", LayerFamily::kinds()) +
         kinds("Loss functions, `loss.kind`", LossFamily::kinds()) +
         kinds("Optimizers, `optimizer.kind`", OptimizerFamily::kinds()) +
         kinds("Learning-rate schedules, `optimizer.schedule.kind`", ScheduleFamily::kinds()) +
         kinds("Metrics, `training.metrics`", all_metrics()) +
         kinds("Convolution engines, `training.engine`", EngineFamily::kinds());
}

}  // namespace

std::string config_reference() {
  return kHead + all_kinds() + format_reference() + "\n## Top level\n" +
         section(list_keys<Config>(), {});
}

nlohmann::ordered_json config_reference_json() {
  return json_of(list_keys<Config>());
}

}  // namespace adjoint
