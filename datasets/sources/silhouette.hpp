#pragma once

#include <array>

#include "datasets/sources/texture.hpp"

namespace adjoint {

/// The outline of one shape of a synthetic image, somewhere in it and turned by any angle.
class Silhouette {
 public:
  enum class Kind { disk, ring, box, triangle, stroke };
  static constexpr int kKinds = 5;

  /// A shape about `radius` pixels large; the image is `height` by `width` pixels around (0, 0).
  Silhouette(Kind kind, float radius, float height, float width, Random& random);

  /// Fraction of the pixel at p that the shape covers, from the distance to its edge.
  float coverage(Point p) const;

 private:
  float distance(Point local) const;

  Kind kind_;
  Point centre_;
  Point axis_;        // unit vector: the direction of the shape's own x
  float radius_ = 0;  // nothing of the shape is farther from its centre
  Point half_;        // half the width and height of a box
  float thickness_ = 0;
  float corner_ = 0;  // radius of rounded corners
  std::array<Point, 3> corners_;
};

}  // namespace adjoint
