#include "datasets/sources/signal_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

/// One bump of a beat; place and width in periods, around the sharp wave.
struct Wave {
  float place, width, height;
};
// Roughly the P, Q, R, S and T waves of an electrocardiogram.
constexpr Wave kBeat[] = {{-0.22F, 0.035F, 0.15F},
                          {-0.035F, 0.010F, -0.12F},
                          {0.0F, 0.012F, 1.0F},
                          {0.035F, 0.012F, -0.22F},
                          {0.28F, 0.055F, 0.28F}};

float bump(float u) {
  return std::exp(-0.5F * u * u);
}

void add_beat(float centre, float period, Random& random, std::span<Real> row) {
  for (const Wave& wave : kBeat) {
    const float place = centre + period * wave.place * random.uniform(0.9F, 1.1F);
    const float width = std::max(0.8F, period * wave.width * random.uniform(0.85F, 1.2F));
    const float height = wave.height * random.uniform(0.8F, 1.2F);
    for (std::size_t x = 0; x < row.size(); ++x)
      row[x] += height * bump((static_cast<float>(x) - place) / width);
  }
}

void draw_trace(Random& random, std::span<Real> row) {
  const float length = static_cast<float>(row.size());
  const float period = random.uniform(40, 80);  // pixels
  const float drift = random.uniform(0, 0.15F), phase = random.uniform();
  for (std::size_t x = 0; x < row.size(); ++x) {
    const float turn = 2 * std::numbers::pi_v<float> * (static_cast<float>(x) / length + phase);
    row[x] = drift * std::sin(turn);
  }
  float centre = -period * random.uniform();
  while (centre < length + period) {
    add_beat(centre, period, random, row);
    centre += period * random.uniform(0.92F, 1.08F);
  }
  const auto [low, high] = std::ranges::minmax(row);
  for (Real& value : row) value = (value - low) / (high - low);
}

}  // namespace

void SignalDataset::read(Index index, std::uint32_t epoch, View sample) const {
  Random random({.seed = seed_,
                 .purpose = Purpose::synthetic,
                 .epoch = epoch,
                 .index = static_cast<std::uint32_t>(index)});
  for (Index y = 0; y < size_.h; ++y) {
    draw_trace(random, sample.flat().subspan(static_cast<std::size_t>(y * size_.w),
                                             static_cast<std::size_t>(size_.w)));
  }
}

}  // namespace adjoint
