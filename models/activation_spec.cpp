#include "models/activation_spec.hpp"

#include "framework/settings/inline_table.hpp"

namespace adjoint {

void ActivationSpec::keys(Keys& key) {
  key.required("kind", kind, "");
  if (kind == "leaky_relu") key("negative_slope", negative_slope, "");
  if (kind == "elu") key("alpha", alpha, "", at_least(0.0));
  if (kind == "gelu") key("approximate", approximate, "");
}

bool ConfigType<ActivationSpec>::read(const ConfigValue& from, ActivationSpec& value) {
  value = {};
  return ConfigType<std::string>::read(from, value.kind) || read_inline_table(from, value);
}

std::optional<ConfigValue> ConfigType<ActivationSpec>::write(const ActivationSpec& value) {
  ConfigTable table = write_inline_table(value);
  if (table.size() == 1) return value.kind;
  return table;
}

Check<ActivationSpec> known_activation() {
  const Check<std::string> known = one_of(activation_names());
  return {[known](const ActivationSpec& value) { return known.holds(value.kind); }, known.expected,
          [known](const ActivationSpec& value) { return known.suggest(value.kind); }};
}

}  // namespace adjoint
