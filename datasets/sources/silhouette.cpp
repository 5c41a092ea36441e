#include "datasets/sources/silhouette.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/sources/turn.hpp"

namespace adjoint {
namespace {

float length(Point p) {
  return std::sqrt(p.x * p.x + p.y * p.y);
}

}  // namespace

Silhouette::Silhouette(Kind kind, float radius, float height, float width, Random& random)
    : kind_(kind), radius_(radius) {
  // Mostly inside the image, sometimes cut by its border.
  centre_ = {random.uniform(-0.45F, 0.45F) * width, random.uniform(-0.45F, 0.45F) * height};
  const float angle = random.uniform(0, kTurn);
  axis_ = {std::cos(angle), std::sin(angle)};
  const float aspect = random.uniform(0.4F, 1.0F);
  thickness_ = std::max(0.8F, radius * random.uniform(0.12F, 0.3F));
  corner_ = random.uniform() < 0.5F ? 0 : 0.25F * aspect * radius;
  half_ = {0.85F * radius - corner_, 0.85F * radius * aspect - corner_};
  for (int i = 0; i < 3; ++i) {
    const float turn = kTurn * (static_cast<float>(i) + random.uniform(-0.18F, 0.18F)) / 3;
    corners_[i] = {radius * std::cos(turn), radius * std::sin(turn)};
  }
}

float Silhouette::coverage(Point p) const {
  const Point offset{p.x - centre_.x, p.y - centre_.y};
  const float reach = radius_ + thickness_ + 1;
  if (std::abs(offset.x) > reach || std::abs(offset.y) > reach) return 0;
  const Point local{axis_.x * offset.x + axis_.y * offset.y,
                    axis_.x * offset.y - axis_.y * offset.x};
  return std::clamp(0.5F - distance(local), 0.0F, 1.0F);
}

/// The distance to the edge in pixels, negative inside.
float Silhouette::distance(Point local) const {
  switch (kind_) {
    case Kind::disk:
      return length(local) - radius_;
    case Kind::ring:
      return std::abs(length(local) - (radius_ - thickness_)) - thickness_;
    case Kind::box: {
      const Point out{std::abs(local.x) - half_.x, std::abs(local.y) - half_.y};
      const float outside = length({std::max(out.x, 0.0F), std::max(out.y, 0.0F)});
      return outside + std::min(std::max(out.x, out.y), 0.0F) - corner_;
    }
    case Kind::triangle: {
      float farthest = -radius_;
      for (int i = 0; i < 3; ++i) {
        const Point a = corners_[i];
        const Point b = corners_[(i + 1) % 3];
        const Point edge{b.x - a.x, b.y - a.y};
        const float beyond = edge.y * (local.x - a.x) - edge.x * (local.y - a.y);
        farthest = std::max(farthest, beyond / length(edge));
      }
      return farthest;
    }
    case Kind::stroke: {
      const float along = std::clamp(local.x, -radius_, radius_);
      return length({local.x - along, local.y}) - thickness_;
    }
  }
  return 0;
}

}  // namespace adjoint
