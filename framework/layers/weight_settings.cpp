#include "framework/layers/weight_settings.hpp"

#include <algorithm>

#include "framework/settings/inline_table.hpp"

namespace adjoint {
namespace {

struct InitializerTable {
  std::string kind;
  double gain = Initializer{}.gain;
  Index block_size = Initializer{}.block_size;

  void keys(Keys& key) {
    key.required("kind", kind, "", one_of(initializer_names()));
    if (kind == "orthogonal") key("gain", gain, "", greater_than(0.0));
    if (kind == "icnr") key("block_size", block_size, "", at_least<Index>(2));
  }
};

struct RegularizerTable {
  Regularizer value;

  void keys(Keys& key) {
    key("l1", value.l1, "", at_least(0.0));
    key("l2", value.l2, "", at_least(0.0));
  }
};

}  // namespace

void WeightSettings::keys(Keys& key) {
  key("kernel_initializer", kernel_initializer, "initializer of the kernel");
  key("kernel_regularizer", kernel_regularizer,
      "adds l1 * sum |w| + l2 * sum w^2 of the kernel to the loss");
  bias_keys(key);
}

void WeightSettings::bias_keys(Keys& key) {
  key("bias_initializer", bias_initializer, "initializer of the bias");
  key("bias_regularizer", bias_regularizer, "adds l1 * sum |b| + l2 * sum b^2 to the loss");
}

ParameterSpec WeightSettings::kernel(const Shape& shape) const {
  return {.name = "kernel",
          .shape = shape,
          .initializer = kernel_initializer,
          .regularizer = kernel_regularizer};
}

ParameterSpec WeightSettings::bias(Index size) const {
  return {.name = "bias",
          .shape = {size},
          .initializer = bias_initializer,
          .regularizer = bias_regularizer};
}

bool ConfigType<Initializer>::read(const ConfigValue& from, Initializer& value) {
  InitializerTable table;
  const bool is_name = ConfigType<std::string>::read(from, table.kind);
  if (!is_name && !read_inline_table(from, table)) return false;
  const std::vector<std::string> known = initializer_names();
  if (std::ranges::find(known, table.kind) == known.end()) return false;
  value = {initializer_kind(table.kind), table.gain, table.block_size};
  return true;
}

std::optional<ConfigValue> ConfigType<Initializer>::write(const Initializer& value) {
  const std::string kind(name_of(value.kind));
  ConfigTable table = write_inline_table(InitializerTable{kind, value.gain, value.block_size});
  if (table.size() == 1) return kind;
  return table;
}

bool ConfigType<Regularizer>::read(const ConfigValue& from, Regularizer& value) {
  RegularizerTable table;
  if (!read_inline_table(from, table)) return false;
  value = table.value;
  return true;
}

std::optional<ConfigValue> ConfigType<Regularizer>::write(const Regularizer& value) {
  if (!value) return {};
  return write_inline_table(RegularizerTable{value});
}

}  // namespace adjoint
