#include "models/activation_spec.hpp"

namespace adjoint {
namespace {

constexpr std::string_view kLeaky = "leaky_relu";

}  // namespace

bool ConfigType<ActivationSpec>::read(const toml::node& node, ActivationSpec& value) {
  value = {};
  if (ConfigType<std::string>::read(node, value.kind)) return true;
  const toml::table* table = node.as_table();
  const toml::node* kind = table ? table->get("kind") : nullptr;
  if (!kind || !ConfigType<std::string>::read(*kind, value.kind)) return false;
  const toml::node* slope = table->get("negative_slope");
  if (!slope) return table->size() == 1;
  return value.kind == kLeaky && table->size() == 2 &&
         ConfigType<double>::read(*slope, value.negative_slope);
}

void ConfigType<ActivationSpec>::write(toml::table& table, std::string_view key,
                                       const ActivationSpec& value) {
  if (value.kind == kLeaky)
    table.insert(key, toml::table{{"kind", value.kind}, {"negative_slope", value.negative_slope}});
  else
    table.insert(key, value.kind);
}

Check<ActivationSpec> known_activation() {
  const Check<std::string> known = one_of(activation_names());
  return {[known](const ActivationSpec& value) { return known.holds(value.kind); }, known.expected,
          [known](const ActivationSpec& value) { return known.suggest(value.kind); }};
}

}  // namespace adjoint
