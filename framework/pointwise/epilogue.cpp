#include "framework/pointwise/epilogue.hpp"

#include <algorithm>
#include <array>

namespace adjoint {
namespace {

void add_bias(ConstView bias, View output) {
  const Index channels = bias.size();
  const Index positions = output.size() / channels;
  for (Index p = 0; p < positions; ++p) {
    Real* row = output.data + p * channels;
    for (Index c = 0; c < channels; ++c) row[c] += bias[c];
  }
}

/// Accumulated in double.
void sum_over_positions(ConstView values, View sums) {
  // A few channels at a time, so that their accumulators stay in registers and need no heap.
  constexpr Index kBlock = 32;
  const Index channels = sums.size();
  const Index positions = values.size() / channels;
  for (Index first = 0; first < channels; first += kBlock) {
    const Index width = std::min(kBlock, channels - first);
    std::array<double, kBlock> total{};
    for (Index p = 0; p < positions; ++p) {
      const Real* row = values.data + p * channels + first;
      for (Index c = 0; c < width; ++c) total[c] += row[c];
    }
    for (Index c = 0; c < width; ++c) sums[first + c] = static_cast<Real>(total[c]);
  }
}

}  // namespace

void apply(const Epilogue& epilogue, View values) {
  if (epilogue.bias) add_bias(epilogue.bias, values);
  apply(epilogue.activation, values, values);
}

void epilogue_gradient(const Activation& activation, ConstView values, View gradient,
                       View bias_gradient) {
  apply_gradient(activation, values, gradient, gradient);
  if (bias_gradient) sum_over_positions(gradient, bias_gradient);
}

}  // namespace adjoint
