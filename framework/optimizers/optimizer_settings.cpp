#include "framework/optimizers/optimizer_settings.hpp"

namespace adjoint {

void OptimizerSettings::keys(Keys& key) {
  key("kind", kind, "how gradients become steps", one_of({"adam", "sgd"}));
  if (kind == "adam") adam.keys(key);
  if (kind == "sgd") sgd.keys(key);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings) {
  if (settings.kind == "sgd") return std::make_unique<Sgd>(settings.sgd);
  return std::make_unique<Adam>(settings.adam);
}

}  // namespace adjoint
