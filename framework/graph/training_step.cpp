#include "framework/graph/training_step.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

TrainingStep::TrainingStep(Model& model, const Loss& loss, const Optimizer& optimizer,
                           const Options& options, ThreadPool& pool)
    : model_(model),
      optimizer_(optimizer),
      options_(options),
      learning_rate_(optimizer.learning_rate()),
      sharded_(model,
               {.mode = Mode::training,
                .input = options.input.empty() ? model.example_shape() : options.input,
                .batch = options.batch,
                .loss = &loss,
                .convolution = options.convolution},
               pool),
      slot_views_(model.parameters().size()),
      average_views_(model.parameters().size()),
      squares_(model.parameters().size()) {
  const bool keeps_totals =
      options.accumulate > 1 || options.clip_value > 0 || options.clip_norm > 0;
  if (keeps_totals) totals_.resize(model.parameters().size());
  for (std::size_t i = 0; i < model.parameters().size(); ++i) {
    const Parameter& parameter = model.parameters()[i];
    if (!parameter.trainable) continue;
    for (const std::string& slot : optimizer.slots()) {
      Tensor& tensor = state_.slots[parameter.name][slot];
      tensor = make_tensor(shape_of(parameter.value), 0);
      slot_views_[i].push_back(view(tensor));
    }
    if (keeps_totals) totals_[i] = make_tensor(shape_of(parameter.value), 0);
    if (options.average_momentum > 0) {
      Tensor& average = state_.averages[parameter.name] = parameter.value;
      average_views_[i] = view(average);
    }
  }
}

double TrainingStep::run(ConstView input, ConstView target, View output) {
  const double loss = add(input, target, output);
  update();
  return loss;
}

double TrainingStep::add(ConstView input, ConstView target, View output) {
  const Index number = state_.step * options_.accumulate + added_;
  const double loss = sharded_
                          .run({.input = input,
                                .target = target,
                                .output = output,
                                .seed = options_.seed,
                                .step = static_cast<std::uint32_t>(number)})
                          .loss;
  if (!std::isfinite(loss)) {
    throw RunError(
        "the loss is {} at step {}; lower optimizer.learning_rate, or look for values in the data "
        "that are not numbers",
        std::isnan(loss) ? "not a number" : "infinite", state_.step + 1);
  }
  sharded_.update_state(model_);
  ++added_;
  if (!totals_.empty()) {
    const double weight = static_cast<double>(input.shape[0]) / static_cast<double>(options_.batch);
    weight_ += weight;
    sharded_.sum_gradients([&](Index i, ConstView gradient) {
      const View total = view(totals_[i]);
      if (added_ == 1) std::ranges::fill(total.flat(), Real{0});
      add_scaled(static_cast<Real>(weight), gradient, total);
    });
  }
  return loss;
}

void TrainingStep::update() {
  ++state_.step;
  if (totals_.empty()) {
    sharded_.sum_gradients([&](Index i, ConstView gradient) { update_parameter(i, gradient); });
  } else {
    update_from_totals();
  }
  added_ = 0;
  weight_ = 0;
}

void TrainingStep::update_from_totals() {
  const Index count = static_cast<Index>(totals_.size());
  const auto total_of = [&](Index i) { return sharded_.gradient(i) ? view(totals_[i]) : View(); };
  double factor = 1 / weight_;
  if (options_.clip_norm > 0) {
    sharded_.pool().run(count, [&](Index i, int) { squares_[i] = sum_of_squares(total_of(i)); });
    const double squares = std::accumulate(squares_.begin(), squares_.end(), 0.0);
    const double norm = factor * std::sqrt(squares);
    if (norm > options_.clip_norm) factor *= options_.clip_norm / norm;
  }
  sharded_.pool().run(count, [&](Index i, int) {
    const View gradient = total_of(i);
    if (!gradient) return;
    scale(static_cast<Real>(factor), gradient);
    if (options_.clip_value > 0) clip(static_cast<Real>(options_.clip_value), gradient);
    update_parameter(i, gradient);
  });
}

void TrainingStep::update_parameter(Index i, ConstView gradient) {
  const View value = view(model_.parameters()[i].value);
  optimizer_.update({state_.step, learning_rate_}, gradient, value, slot_views_[i]);
  const View average = average_views_[i];
  if (!average) return;
  const double keep = state_.step == 1 ? 0 : options_.average_momentum;
  move_average(static_cast<Real>(keep), value, average);
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
  for (auto& [parameter, average] : state_.averages) {
    const auto found = saved.averages.find(parameter);
    if (found == saved.averages.end()) {
      throw InputError("the saved training has no average of {}; was it without use_ema?",
                       parameter);
    }
    if (!(shape_of(found->second) == shape_of(average))) {
      throw InputError("the saved average of {} is {}, expected {}", parameter,
                       to_string(shape_of(found->second)), to_string(shape_of(average)));
    }
    std::ranges::copy(view(found->second).flat(), average.data());
  }
  state_.step = saved.step;
}

}  // namespace adjoint
