#include "tests/support/gradient_check.hpp"

#include <fmt/ranges.h>

#include <cmath>

#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a.data()[i] * b.data()[i];
  return sum;
}

std::string position(const Shape& shape, Index flat) {
  std::vector<Index> index(static_cast<std::size_t>(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return fmt::format("({})", fmt::join(index, ", "));
}

bool same_elements(const Tensor& a, const Tensor& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Everything that is checked for one way to cut the batch.
class Check {
 public:
  Check(const Layer& layer, const LayerShapes& shapes, Index batch, std::vector<Index> shards)
      : cut_(fmt::format("{} shards", shards.size())), run_(layer, shapes, batch, shards) {
    weights_ = distinct_numbers(shape_of(run_.forward()), 99);
    gradients_ = run_.backward(weights_);
  }

  std::vector<std::string> errors() {
    for (std::size_t i = 0; i < run_.inputs.size(); ++i) {
      compare(fmt::format("input {}", i), run_.inputs[i], gradients_.inputs[i]);
    }
    for (std::size_t i = 0; i < run_.parameters.size(); ++i) {
      if (!run_.specs()[i].trainable) continue;
      compare(run_.specs()[i].name, run_.parameters[i], gradients_.parameters[i]);
    }
    run_.forward();
    for (std::size_t i = 0; i < run_.inputs.size(); ++i) {
      leave_out({.input = static_cast<Index>(i)});
    }
    for (std::size_t i = 0; i < run_.parameters.size(); ++i) {
      leave_out({.parameter = static_cast<Index>(i)});
    }
    return errors_;
  }

 private:
  void compare(const std::string& name, Tensor& variable, const Tensor& gradient) {
    for (std::size_t i = 0; i < variable.size(); ++i) {
      const double expected =
          central_difference(variable.data()[i], [&] { return dot(run_.forward(), weights_); });
      const double got = gradient.data()[i];
      if (std::abs(got - expected) <= gradient_tolerance(expected)) continue;  // false for NaN
      errors_.push_back(fmt::format("{}: gradient of {} at {}: expected {}, got {}", cut_, name,
                                    position(shape_of(variable), static_cast<Index>(i)), expected,
                                    got));
    }
  }

  /// The other gradients must be what they were.
  void leave_out(const LayerRun::Unasked& unasked) {
    const LayerRun::Gradients again = run_.backward(weights_, unasked);
    for (std::size_t i = 0; i < again.inputs.size(); ++i) {
      if (unasked.input == static_cast<Index>(i)) continue;
      if (same_elements(again.inputs[i], gradients_.inputs[i])) continue;
      report_unasked(unasked, fmt::format("input {}", i));
    }
    for (std::size_t i = 0; i < again.parameters.size(); ++i) {
      if (unasked.parameter == static_cast<Index>(i)) continue;
      if (same_elements(again.parameters[i], gradients_.parameters[i])) continue;
      report_unasked(unasked, run_.specs()[i].name);
    }
  }
  void report_unasked(const LayerRun::Unasked& unasked, const std::string& changed) {
    const std::string left_out = unasked.input >= 0 ? fmt::format("input {}", unasked.input)
                                                    : run_.specs()[unasked.parameter].name;
    errors_.push_back(fmt::format("{}: the gradient of {} changes when that of {} is not asked for",
                                  cut_, changed, left_out));
  }

  std::string cut_;
  LayerRun run_;
  Tensor weights_;
  LayerRun::Gradients gradients_;
  std::vector<std::string> errors_;
};

}  // namespace

std::vector<std::string> gradient_errors(const Layer& layer, const LayerShapes& shapes,
                                         Index batch) {
  std::vector<std::string> errors = Check(layer, shapes, batch, {batch}).errors();
  const std::vector<std::string> in_two = Check(layer, shapes, batch, {1, batch - 1}).errors();
  errors.insert(errors.end(), in_two.begin(), in_two.end());
  return errors;
}

}  // namespace adjoint
