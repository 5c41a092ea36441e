#include "datasets/sources/radar_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "datasets/sources/turn.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

constexpr float kContrast = 0.4F;  // gray values of the strongest signal, up and down
constexpr float kVisible = 0.25F;  // of the echo's strength at its apex: what a mask shows

/// Ricker's wavelet at u periods from its peak; 0 where it is below 1e-15.
float ricker(float u) {
  const float square = std::numbers::pi_v<float> * std::numbers::pi_v<float> * u * u;
  if (square > 40) return 0;
  return (1 - 2 * square) * std::exp(-square);
}

/// A boundary between layers; times are rows.
struct Layer {
  float time, strength;
  float amplitude[2], waves[2], phase[2];  // of its undulation

  float time_at(float place) const {  // in widths of the scan
    float time_here = time;
    for (int i = 0; i < 2; ++i)
      time_here += amplitude[i] * std::sin(kTurn * (waves[i] * place + phase[i]));
    return time_here;
  }
};

/// What one thing below the ground sends back, for each column.
struct Reflection {
  std::vector<float> time, strength;
};

}  // namespace

/// Everything of a scan but its noise. Times are rows, places columns.
struct RadarDataset::Scene {
  float height, width;
  float period;   // of the wavelet
  float surface;  // when the direct wave arrives
  float absorption;
  std::vector<Layer> layers;
  bool has_object;
  float apex;      // time of the echo above the object, 2 d / v
  float place;     // x0
  float slowness;  // 2 / v, rows a column
  float strength;
  float noise;

  float echo_time(float x) const { return surface + std::hypot(apex, slowness * (x - place)); }
  /// Weaker as the way grows.
  float echo_strength(float x) const {
    const float ratio = apex / (echo_time(x) - surface);
    return strength * ratio * ratio;
  }
  std::vector<Reflection> reflections() const {
    std::vector<Reflection> all(layers.size() + (has_object ? 1 : 0));
    for (float x = 0; x < width; ++x) {
      for (std::size_t i = 0; i < layers.size(); ++i) {
        all[i].time.push_back(layers[i].time_at(x / width));
        all[i].strength.push_back(layers[i].strength);
      }
      if (!has_object) continue;
      all.back().time.push_back(echo_time(x));
      all.back().strength.push_back(echo_strength(x));
    }
    return all;
  }
  /// The direct wave at that time.
  float direct(float time) const { return ricker((time - surface) / period); }
  /// The share of a signal that is left by then.
  float left(float time) const {
    return std::exp(-absorption * std::max(0.0F, time - surface) / height);
  }
};

void RadarSpec::keys(Keys& key) {
  key("buried_object", buried_object, "which radar scans show a buried object (label 1)");
  if (buried_object == Presence::some)
    key("probability", probability, "probability of an object in a radar scan", between(0.0, 1.0));
}

RadarDataset::Scene RadarDataset::scene(Index index, std::uint32_t epoch) const {
  Random random({.seed = seed(),
                 .purpose = Purpose::synthetic,
                 .epoch = epoch,
                 .index = static_cast<std::uint32_t>(index)});
  Scene scene{.height = static_cast<float>(spec_.size.h),
              .width = static_cast<float>(spec_.size.w)};
  const float height = scene.height;
  scene.period = std::max(3.0F, height * random.uniform(0.07F, 0.11F));
  scene.surface = scene.period * random.uniform(0.7F, 0.9F);
  scene.absorption = random.uniform(0.4F, 1.0F);
  const auto layers = 1 + random.below(3);
  for (std::uint64_t i = 0; i < layers; ++i) {
    Layer layer{.time = height * random.uniform(0.3F, 0.95F),
                .strength = random.uniform(0.15F, 0.4F) * (random.below(2) == 0 ? 1.0F : -1.0F)};
    for (int wave = 0; wave < 2; ++wave) {
      layer.amplitude[wave] = height * random.uniform(0.005F, 0.025F);
      layer.waves[wave] = random.uniform(0.3F, 1.3F);
      layer.phase[wave] = random.uniform();
    }
    scene.layers.push_back(layer);
  }
  // Drawn in any case, so that the same scan with and without its object can be compared.
  scene.has_object = label(index) == 1;
  scene.apex = height * random.uniform(0.22F, 0.6F);
  scene.place = scene.width * random.uniform(0.15F, 0.85F);
  scene.slowness = height / scene.width * random.uniform(0.8F, 1.6F);
  scene.strength = random.uniform(0.6F, 0.95F) * (random.below(2) == 0 ? 1.0F : -1.0F);
  scene.noise = random.uniform(0.02F, 0.05F);
  return scene;
}

void RadarDataset::read(Index index, std::uint32_t epoch, View sample) const {
  const Scene scan = scene(index, epoch);
  Random noise({.seed = seed(),
                .purpose = Purpose::synthetic,
                .salt = 2,
                .epoch = epoch,
                .index = static_cast<std::uint32_t>(index)});
  const std::vector<Reflection> reflections = scan.reflections();
  for (Index y = 0; y < spec_.size.h; ++y) {
    const auto time = static_cast<float>(y);
    const float direct = scan.direct(time), left = scan.left(time);
    for (Index x = 0; x < spec_.size.w; ++x) {
      float sum = direct;
      for (const Reflection& from : reflections)
        sum += from.strength[x] * ricker((time - from.time[x]) / scan.period);
      const float value = sum * left + scan.noise * noise.normal();
      sample[y * spec_.size.w + x] = std::clamp(0.5F + kContrast * value, 0.0F, 1.0F);
    }
  }
}

void RadarDataset::read_mask(Index index, std::uint32_t epoch, View mask) const {
  const Scene scan = scene(index, epoch);
  std::fill(mask.flat().begin(), mask.flat().end(), Real{0});
  if (!scan.has_object) return;
  for (Index x = 0; x < spec_.size.w; ++x) {
    const auto place = static_cast<float>(x);
    if (std::abs(scan.echo_strength(place)) < kVisible * std::abs(scan.strength)) continue;
    const float time = scan.echo_time(place);
    for (Index y = 0; y < spec_.size.h; ++y) {
      // The wavelet's peak and the two lobes beside it.
      if (std::abs(static_cast<float>(y) - time) <= 0.75F * scan.period)
        mask[y * spec_.size.w + x] = 1;
    }
  }
}

}  // namespace adjoint
