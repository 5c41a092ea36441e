#pragma once

// Images to compare, and losses of them.

#include <cmath>
#include <limits>
#include <string>

#include "framework/losses/loss_settings.hpp"
#include "framework/tensor/aligned_vector.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {

/// Waves (N, height, width, channels) as targets, and the same with others added.
struct WavyImages {
  Tensor target, prediction;

  explicit WavyImages(const Shape& shape) : target(make_tensor(shape)), prediction(target) {
    Index i = 0;
    for (Index n = 0; n < shape[0]; ++n) {
      for (Index row = 0; row < shape[1]; ++row) {
        for (Index column = 0; column < shape[2]; ++column) {
          for (Index channel = 0; channel < shape[3]; ++channel, ++i) {
            const double y = static_cast<double>(row), x = static_cast<double>(column);
            const double c = static_cast<double>(channel), k = static_cast<double>(n);
            const double wave = 0.5 + 0.3 * std::sin(0.31 * y + 0.23 * x + 1.1 * c + 0.7 * k) +
                                0.15 * std::cos(1.7 * y - 1.3 * x + c);
            const double noise = 0.1 * std::cos(0.9 * y + 2.1 * x + 0.5 * c + k) - 0.05;
            target.data()[i] = static_cast<Real>(wave);
            prediction.data()[i] = static_cast<Real>(wave + noise);
          }
        }
      }
    }
  }
};

inline std::unique_ptr<Loss> loss_of(const std::string& toml) {
  LossSettings settings;
  parse_config(toml, "test", {}, settings);
  return make_loss(settings);
}

/// A loss over poisoned memory, and its gradient.
struct LossResult {
  double loss;
  Tensor gradient;
};
inline LossResult evaluate(const Loss& loss, ConstView prediction, ConstView target,
                           bool absorbed = false, Index count = 0) {
  constexpr Real kPoison = std::numeric_limits<Real>::quiet_NaN();
  const Index size = loss.scratch_size(prediction.shape);
  AlignedVector scratch(static_cast<std::size_t>(size), kPoison);
  LossResult result{0, make_tensor(prediction.shape, kPoison)};
  LossPass pass{.prediction = prediction,
                .target = target,
                .count = count > 0 ? count : prediction.size(),
                .absorbed = absorbed,
                .scratch = {scratch.data(), {size}}};
  const double without_gradient = loss.evaluate(pass);
  std::ranges::fill(scratch, kPoison);
  pass.gradient = view(result.gradient);
  result.loss = loss.evaluate(pass);
  EXPECT_TRUE(result.loss == without_gradient || std::isnan(result.loss));
  return result;
}

}  // namespace adjoint
