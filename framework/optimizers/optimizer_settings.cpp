#include "framework/optimizers/optimizer_settings.hpp"

#include <array>

#include "framework/optimizers/adam.hpp"
#include "framework/optimizers/adamw.hpp"
#include "framework/optimizers/nadam.hpp"
#include "framework/optimizers/rmsprop.hpp"
#include "framework/optimizers/sgd.hpp"

namespace adjoint {
namespace {

template <class Type, class Settings = typename Type::Settings>
constexpr Kind<OptimizerFamily> optimizer(std::string_view name, std::string_view doc) {
  return Kind<OptimizerFamily>::of_class<Type, Settings>(
      name, doc, {[](std::any& settings) -> double& {
        return std::any_cast<Settings&>(settings).learning_rate;
      }});
}

constexpr std::array kOptimizers{
    optimizer<Adam>("adam", "steps scaled by running means of the gradients and their squares"),
    optimizer<AdamW>("adamw", "Adam with decoupled weight decay"),
    optimizer<Nadam>("nadam", "Adam with Nesterov momentum"),
    optimizer<RmsProp>("rmsprop", "steps scaled by a running mean of the squared gradients"),
    optimizer<Sgd>("sgd", "stochastic gradient descent, also with momentum"),
};

}  // namespace

std::span<const Kind<OptimizerFamily>> OptimizerFamily::kinds() {
  return kOptimizers;
}

void OptimizerSettings::keys(Keys& key) {
  kind.keys(key, "optimizer");
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
  return settings.kind.make();
}

}  // namespace adjoint
