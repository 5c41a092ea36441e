#include "datasets/augmentation.hpp"
#include "datasets/corruption.hpp"
#include "datasets/data_spec.hpp"
#include "models/config/config_text.hpp"
#include "tests/fuzz/target.hpp"

namespace adjoint {
namespace {

/// The tables of a config that its reader meets in all their shapes: nested, repeated, optional,
/// and with keys that depend on others.
struct Tables {
  DataSpec data;
  Augmentation augmentation;
  std::vector<CorruptionSpec> corruptions;

  void keys(Keys& key) {
    key.table("data", data, "");
    key.table("augmentation", augmentation, "");
    key.tables("corruption", corruptions, "");
  }
};

std::string resolved(const std::string& text) {
  Tables tables;
  parse_config(text, "fuzz.toml", {}, tables);
  return write_config(tables);
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  const std::string config =
      resolved(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (resolved(config) != config) throw std::logic_error("a resolved config reads as another one");
}

}  // namespace adjoint
