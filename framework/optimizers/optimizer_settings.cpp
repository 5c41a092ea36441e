#include "framework/optimizers/optimizer_settings.hpp"

#include "framework/settings/fraction.hpp"

namespace adjoint {

void OptimizerSettings::keys(Keys& key) {
  kind_keys(key, kind, "optimizer");
  key("clipvalue", clipvalue, "clips each element of the gradient to [-clipvalue, clipvalue]",
      greater_than(0.0));
  key("global_clipnorm", global_clipnorm,
      "scales all gradients together down to this Euclidean norm", greater_than(0.0));
  if (clipvalue && global_clipnorm) {
    key.reject("global_clipnorm", "expected clipvalue or global_clipnorm, not both; leave one out");
  }
  key("use_ema", use_ema,
      "validate and apply the model with an exponential moving average of the "
      "weights");
  key("ema_momentum", ema_momentum, "decay rate of the exponential moving average", below_one());
  key.table("schedule", schedule, "learning-rate schedule");
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerSettings& settings) {
  return make_product<Optimizer>(settings.kind);
}

}  // namespace adjoint
