#include "framework/graph/training_step.hpp"

#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint {

TrainingStep::TrainingStep(Model& model, const Loss& loss, const Optimizer& optimizer,
                           const Options& options, ThreadPool& pool)
    : model_(model),
      optimizer_(optimizer),
      seed_(options.seed),
      sharded_(model,
               {.mode = Mode::training,
                .input = options.input.empty() ? model.example_shape() : options.input,
                .batch = options.batch,
                .loss = &loss,
                .engine = options.engine,
                .precision = options.precision},
               pool),
      slot_views_(model.parameters().size()) {
  for (std::size_t i = 0; i < model.parameters().size(); ++i) {
    const Parameter& parameter = model.parameters()[i];
    if (!parameter.trainable) continue;
    for (const std::string& slot : optimizer.slots()) {
      Tensor& tensor = state_.slots[parameter.name][slot];
      tensor = make_tensor(shape_of(parameter.value), 0);
      slot_views_[i].push_back(view(tensor));
    }
  }
}

double TrainingStep::run(ConstView input, ConstView target) {
  const double loss = sharded_.run({.input = input,
                                    .target = target,
                                    .seed = seed_,
                                    .step = static_cast<std::uint32_t>(state_.step)});
  if (!std::isfinite(loss)) {
    throw RunError(
        "the loss is {} at step {}; lower optimizer.learning_rate, or look for values in the data "
        "that are not numbers",
        std::isnan(loss) ? "not a number" : "infinite", state_.step + 1);
  }
  ++state_.step;
  sharded_.update_state(model_);
  sharded_.sum_gradients([&](Index i, ConstView gradient) {
    optimizer_.update(state_.step, gradient, view(model_.parameters()[i].value), slot_views_[i]);
  });
  return loss;
}

void TrainingStep::restore(const OptimizerState& saved) {
  for (const auto& [parameter, slots] : saved.slots) {
    const auto known = state_.slots.find(parameter);
    for (const auto& [slot, tensor] : slots) {
      if (known != state_.slots.end() && known->second.contains(slot)) continue;
      throw InputError(
          "the saved optimizer state has \"{}\" of {}, which is not kept here; was it another "
          "optimizer or model?",
          slot, parameter);
    }
  }
  for (auto& [parameter, slots] : state_.slots) {
    for (auto& [slot, tensor] : slots) {
      const auto found = saved.slots.find(parameter);
      if (found == saved.slots.end() || !found->second.contains(slot)) {
        throw InputError("the saved optimizer state has no \"{}\" of {}; was it another optimizer?",
                         slot, parameter);
      }
      const Tensor& source = found->second.at(slot);
      if (!(shape_of(source) == shape_of(tensor))) {
        throw InputError("the saved optimizer state's \"{}\" of {} is {}, expected {}", slot,
                         parameter, to_string(shape_of(source)), to_string(shape_of(tensor)));
      }
      std::ranges::copy(view(source).flat(), tensor.data());
    }
  }
  state_.step = saved.step;
}

}  // namespace adjoint
