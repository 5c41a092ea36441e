#include "datasets/sources/texture.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/sources/turn.hpp"

namespace adjoint {
namespace {

constexpr int kLattice =
    16;  // noise repeats after so many cells, which no image is wide enough to show
constexpr float kFinestPeriod = 4;

/// The unit square wave with edges one pixel wide: 0 in the first half of a period, 1 in the
/// second.
float soft_square(float position, float period) {
  const float fraction = position / period - std::floor(position / period);
  const float to_edge = 0.25F - std::abs(std::abs(fraction - 0.5F) - 0.25F);
  const float side = fraction < 0.5F ? -1.0F : 1.0F;
  return std::clamp(0.5F + side * to_edge * period, 0.0F, 1.0F);
}

float smooth(float t) {
  return t * t * (3 - 2 * t);
}

}  // namespace

Texture::Texture(Kind kind, float scale, Random& random) : kind_(kind) {
  const float angle = random.uniform(0, kTurn);
  direction_ = {std::cos(angle), std::sin(angle)};
  centre_ = {random.uniform(-0.5F, 0.5F) * scale, random.uniform(-0.5F, 0.5F) * scale};
  phase_ = random.uniform();
  // Waves and cells from fine to coarse, equally likely by ratio.
  const float finest = kFinestPeriod;
  const float coarsest = std::max(finest, 0.5F * scale);
  period_ = finest * std::pow(coarsest / finest, random.uniform());
  if (kind == Kind::linear || kind == Kind::radial) period_ = scale * random.uniform(0.7F, 1.4F);
  if (kind == Kind::noise) {
    period_ = std::max(finest, scale * random.uniform(0.15F, 0.5F));
    lattice_.resize(kLattice * kLattice);
    for (float& value : lattice_) value = random.uniform();
  }
}

float Texture::operator()(Point p) const {
  const float along = direction_.x * p.x + direction_.y * p.y;
  const float across = direction_.x * p.y - direction_.y * p.x;
  const float radius = std::hypot(p.x - centre_.x, p.y - centre_.y);
  switch (kind_) {
    case Kind::plain:
      return 0;
    case Kind::linear:
      return std::clamp(0.5F + along / period_, 0.0F, 1.0F);
    case Kind::radial:
      return smooth(std::clamp(radius / period_, 0.0F, 1.0F));
    case Kind::grating:
      return 0.5F + 0.5F * std::sin(kTurn * (along / period_ + phase_));
    case Kind::rings:
      return 0.5F + 0.5F * std::sin(kTurn * (radius / period_ + phase_));
    case Kind::checkers: {
      const float a = soft_square(along + phase_ * period_, 2 * period_);
      const float b = soft_square(across, 2 * period_);
      return a + b - 2 * a * b;
    }
    case Kind::noise:
      return noise(p);
  }
  return 0;
}

/// Value noise: random numbers on a lattice, joined smoothly, in three octaves.
float Texture::noise(Point p) const {
  float sum = 0;
  float weight = 0.5F;
  float cell = period_;
  for (int octave = 0; octave < 3 && cell >= 2; ++octave, cell /= 2, weight /= 2) {
    const float x = p.x / cell + phase_ * kLattice;
    const float y = p.y / cell + 5.3F * static_cast<float>(octave);
    const float left = std::floor(x);
    const float top = std::floor(y);
    const auto at = [&](int dx, int dy) {
      const int i = (static_cast<int>(left) + dx) & (kLattice - 1);
      const int j = (static_cast<int>(top) + dy) & (kLattice - 1);
      return lattice_[static_cast<std::size_t>(j * kLattice + i)];
    };
    const float fx = smooth(x - left);
    const float fy = smooth(y - top);
    sum += weight *
           std::lerp(std::lerp(at(0, 0), at(1, 0), fx), std::lerp(at(0, 1), at(1, 1), fx), fy);
  }
  // Sums of octaves gather around their mean; a steeper curve spreads them again.
  return smooth(std::clamp(1.6F * (sum - 0.44F) + 0.5F, 0.0F, 1.0F));
}

}  // namespace adjoint
