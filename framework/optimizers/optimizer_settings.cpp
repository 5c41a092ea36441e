#include "framework/optimizers/optimizer_settings.hpp"

#include "framework/settings/fraction.hpp"

namespace adjoint {

void OptimizerSettings::keys(Keys& key) {
  kind_keys(key, kind, "how gradients become steps");
  key("clipvalue", clipvalue,
      "no element of a gradient gets larger than this, or below its negative", greater_than(0.0));
  key("global_clipnorm", global_clipnorm,
      "all gradients together are scaled down to this Euclidean norm", greater_than(0.0));
  if (clipvalue && global_clipnorm) {
    key.reject("global_clipnorm", "expected clipvalue or global_clipnorm, not both; leave one out");
  }
  key("use_ema", use_ema,
      "whether to keep a moving average of the weights, and to validate and apply the model with "
      "it");
  key("ema_momentum", ema_momentum, "what a step leaves of that average", below_one());
  key.table("schedule", schedule, "how the learning rate changes while the model trains");
}

double OptimizerSettings::learning_rate() const {
  return std::visit([](const auto& of_kind) { return of_kind.learning_rate; }, kind);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings) {
  return make_product<Optimizer>(settings.kind);
}

}  // namespace adjoint
