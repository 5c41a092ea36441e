#include "train/program/reference.hpp"

#include <fmt/format.h>

#include <cctype>

#include "framework/conv/engine_table.hpp"
#include "framework/metrics/metric.hpp"
#include "models/config/key_table.hpp"
#include "models/layer_table.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

constexpr const char* kHead =
    R"(# Every key of a config

This page is printed by `adjoint reference`, from the lists of keys with which configs are read. `adjoint train
CONFIG --set key=value` overrides any of them: `--set training.epochs=2`, `--set model.layer.enc1.filters=8`.
)";

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

std::string section(const TableEntry& table);

std::string section(const KeyVariant& variant, const std::string& path, int depth) {
  const std::string condition = variant.value.empty()
                                    ? fmt::format("with `{}`", variant.key)
                                    : fmt::format("`{} = {}`", variant.key, variant.value);
  std::string text = fmt::format("\n{} {}, {}\n", std::string(static_cast<std::size_t>(depth), '#'),
                                 path, condition);
  text += rows(variant.keys);
  for (const KeyVariant& inner : variant.variants)
    text += section(inner, path + ", " + condition, std::min(depth + 1, 6));
  for (const TableEntry& below : variant.tables) text += section(below);
  return text;
}

std::string section(const TableEntry& table) {
  const std::string path = table.array ? "[[" + table.path + "]]" : "[" + table.path + "]";
  std::string text;
  if (!table.path.empty()) text = fmt::format("\n## {}\n\n{}\n", path, sentence(table.doc));
  text += rows(table.keys);
  for (const KeyVariant& variant : table.variants) text += section(variant, path, 3);
  for (const TableEntry& below : table.tables) text += section(below);
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
  std::string text = fmt::format("\n### {}\n\n| name | what it is |\n|---|---|\n", title);
  for (const auto& row : rows) text += fmt::format("| `{}` | {} |\n", row.name, cell(row.doc));
  return text;
}

/// What the keys that take a name may name.
std::string all_kinds() {
  return "\n## Kinds\n" + kinds("Sources of data, `data.source`", SourceFamily::kinds()) +
         kinds("Corruptions, `corruption.kind`", CorruptionFamily::kinds()) +
         kinds("Layers, `model.layer.type`", LayerFamily::kinds()) +
         kinds("Loss functions, `loss.kind`", LossFamily::kinds()) +
         kinds("Optimizers, `optimizer.kind`", OptimizerFamily::kinds()) +
         kinds("Learning-rate schedules, `optimizer.schedule.kind`", ScheduleFamily::kinds()) +
         kinds("Metrics, `training.metrics`", all_metrics()) +
         kinds("Convolution engines, `training.engine`", EngineFamily::kinds());
}

}  // namespace

std::string config_reference() {
  return kHead + all_kinds() + section(list_keys<Config>());
}

nlohmann::ordered_json config_reference_json() {
  return json_of(list_keys<Config>());
}

}  // namespace adjoint
