#include "framework/graph/training_step.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// The most tensors that an optimizer keeps for a parameter.
constexpr std::size_t kMostSlots = 4;

View part(View row, Index place, Index size) {
  return {row.data + place, {size}};
}

/// Calls use(piece, place) for the pieces of a rank's slices, whether they have a gradient or not.
template <class Use>
void for_each_own_piece(const GradientSum& gradients, const Sharding& sharding, Use use) {
  for (Index slice = sharding.own().first; slice < sharding.own().last; ++slice) {
    for (const FlatParameters::Piece& piece : gradients.layout().pieces(slice))
      use(piece, piece.place - gradients.own_place());
  }
}

/// Throws unless a tensor of a saved state has its parameter's shape.
void check_shape(const Tensor& saved, const Parameter& parameter, const std::string& what) {
  const Shape got = shape_of(saved), expected = shape_of(parameter.value);
  if (got == expected) return;
  throw InputError("the saved {} of {} is {}, expected {}", what, parameter.name, to_string(got),
                   to_string(expected));
}

}  // namespace

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
               pool, options.sharding),
      squares_(static_cast<std::size_t>(options.sharding.own().size())),
      squares_sum_(options.sharding, 1) {
  const auto own = static_cast<std::size_t>(sharded_.gradients().own_size());
  for (const std::string& slot : optimizer.slots()) slots_.emplace_back(slot, AlignedVector(own));
  if (options.accumulate > 1 || options.clip_value > 0 || options.clip_norm > 0)
    totals_.resize(own);
  if (options.average_momentum > 0) {
    averages_.resize(own);
    for_each_own_piece(sharded_.gradients(), options.sharding,
                       [&](const FlatParameters::Piece& piece, Index place) {
                         std::copy_n(model.parameters()[piece.parameter].value.data() + piece.first,
                                     piece.size, averages_.data() + place);
                       });
  }
}

double TrainingStep::run(ConstView input, ConstView target, View output, Index count,
                         ConstView mask) {
  const double loss = add(input, target, output, count, mask);
  update();
  return loss;
}

double TrainingStep::add(ConstView input, ConstView target, View output, Index count,
                         ConstView mask) {
  if (count < 0) count = input.shape[0];
  const Index number = steps_ * options_.accumulate + added_;
  const double loss = sharded_
                          .run({.input = input,
                                .target = target,
                                .mask = mask,
                                .output = output,
                                .count = count,
                                .seed = options_.seed,
                                .step = static_cast<std::uint32_t>(number)})
                          .loss;
  if (!std::isfinite(loss)) {
    throw RunError(
        "the loss is {} at step {}; lower optimizer.learning_rate, or look for values in the data "
        "that are not numbers",
        std::isnan(loss) ? "not a number" : "infinite", steps_ + 1);
  }
  sharded_.update_state(model_);
  ++added_;
  if (!totals_.empty()) {
    const double weight = static_cast<double>(count) / static_cast<double>(options_.batch);
    weight_ += weight;
    if (added_ == 1) std::ranges::fill(totals_, Real{0});
    sharded_.sum_gradients();
    const View gradient = sharded_.gradients().own();
    sharded_.gradients().for_each_piece([&](const FlatParameters::Piece& piece, Index place) {
      add_scaled(static_cast<Real>(weight), part(gradient, place, piece.size),
                 part(totals(), place, piece.size));
    });
  }
  return loss;
}

void TrainingStep::update() {
  ++steps_;
  if (totals_.empty()) {
    sharded_.sum_gradients();
    update_pieces(sharded_.gradients().own());
  } else {
    update_from_totals();
  }
  sharded_.gradients().share_parameters(model_);
  added_ = 0;
  weight_ = 0;
}

void TrainingStep::update_from_totals() {
  GradientSum& gradients = sharded_.gradients();
  double factor = 1 / weight_;
  if (options_.clip_norm > 0) {
    std::ranges::fill(squares_, 0.0);
    gradients.for_each_piece([&](const FlatParameters::Piece& piece, Index place) {
      squares_[static_cast<std::size_t>(place / gradients.layout().slice_size())] +=
          sum_of_squares(part(totals(), place, piece.size));
    });
    const double norm = factor * std::sqrt(squares_sum_.sum(squares_)[0]);
    if (norm > options_.clip_norm) factor *= options_.clip_norm / norm;
  }
  gradients.for_each_piece([&](const FlatParameters::Piece& piece, Index place) {
    const View total = part(totals(), place, piece.size);
    scale(static_cast<Real>(factor), total);
    if (options_.clip_value > 0) clip(static_cast<Real>(options_.clip_value), total);
  });
  update_pieces(totals());
}

void TrainingStep::update_pieces(View gradient) {
  const Optimizer::Step step{steps_, learning_rate_};
  const auto keep = static_cast<Real>(steps_ == 1 ? 0 : options_.average_momentum);
  sharded_.gradients().for_each_piece([&](const FlatParameters::Piece& piece, Index place) {
    const View value(model_.parameters()[piece.parameter].value.data() + piece.first, {piece.size});
    std::array<View, kMostSlots> slots;
    for (std::size_t i = 0; i < slots_.size(); ++i)
      slots[i] = {slots_[i].second.data() + place, {piece.size}};
    optimizer_.update(step, part(gradient, place, piece.size), value,
                      std::span(slots).first(slots_.size()));
    if (!averages_.empty()) move_average(keep, value, {averages_.data() + place, {piece.size}});
  });
}

OptimizerState TrainingStep::state() {
  OptimizerState state{.step = steps_};
  GradientSum& gradients = sharded_.gradients();
  const auto collect = [&](const AlignedVector& own, auto tensor_of) {
    const std::span<const Real> row = gradients.row_at_first(own);
    if (row.empty()) return;
    for (std::size_t i = 0; i < model_.parameters().size(); ++i) {
      const Parameter& parameter = model_.parameters()[i];
      if (!parameter.trainable) continue;
      Tensor& tensor = tensor_of(parameter.name);
      tensor = make_tensor(shape_of(parameter.value));
      std::copy_n(row.data() + gradients.layout().place(static_cast<Index>(i)), tensor.size(),
                  tensor.data());
    }
  };
  for (const auto& [slot, own] : slots_) {
    collect(own, [&, &slot = slot](const std::string& name) -> Tensor& {
      return state.slots[name][slot];
    });
  }
  if (!averages_.empty())
    collect(averages_, [&](const std::string& name) -> Tensor& { return state.averages[name]; });
  return state;
}

void TrainingStep::put_averages(Model& model) {
  if (averages_.empty()) return;
  GradientSum& gradients = sharded_.gradients();
  const std::span<const Real> row = gradients.row_everywhere(averages_);
  for (std::size_t i = 0; i < model.parameters().size(); ++i) {
    const Index place = gradients.layout().place(static_cast<Index>(i));
    Tensor& value = model.parameters()[i].value;
    if (place < 0) continue;
    std::copy_n(row.data() + place, value.size(), value.data());
  }
}

void TrainingStep::restore(const OptimizerState& saved) {
  for (const auto& [name, slots] : saved.slots) {
    const auto known =
        std::ranges::find_if(model_.parameters(), [&, &name = name](const Parameter& parameter) {
          return parameter.name == name && parameter.trainable;
        });
    for (const auto& [slot, tensor] : slots) {
      const bool kept =
          std::ranges::any_of(slots_, [&, &slot = slot](const auto& s) { return s.first == slot; });
      if (kept && known != model_.parameters().end()) continue;
      throw InputError(
          "the saved optimizer state has \"{}\" of {}, which is not kept here; was it another "
          "optimizer or model?",
          slot, name);
    }
  }
  // All is checked before anything is taken.
  for (const Parameter& parameter : model_.parameters()) {
    if (!parameter.trainable) continue;
    for (const auto& [slot, own] : slots_) {
      const auto of_parameter = saved.slots.find(parameter.name);
      if (of_parameter == saved.slots.end() || !of_parameter->second.contains(slot)) {
        throw InputError("the saved optimizer state has no \"{}\" of {}; was it another optimizer?",
                         slot, parameter.name);
      }
      check_shape(of_parameter->second.at(slot), parameter,
                  fmt::format("optimizer state's \"{}\"", slot));
    }
    if (averages_.empty()) continue;
    if (!saved.averages.contains(parameter.name)) {
      throw InputError("the saved training has no average of {}; was it without use_ema?",
                       parameter.name);
    }
    check_shape(saved.averages.at(parameter.name), parameter, "average");
  }
  for_each_own_piece(sharded_.gradients(), options_.sharding,
                     [&](const FlatParameters::Piece& piece, Index place) {
                       const std::string& name = model_.parameters()[piece.parameter].name;
                       const auto take = [&](const Tensor& from, AlignedVector& to) {
                         std::copy_n(from.data() + piece.first, piece.size, to.data() + place);
                       };
                       for (auto& [slot, own] : slots_) take(saved.slots.at(name).at(slot), own);
                       if (!averages_.empty()) take(saved.averages.at(name), averages_);
                     });
  steps_ = saved.step;
}

}  // namespace adjoint
