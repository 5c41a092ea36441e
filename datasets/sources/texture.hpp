#pragma once

#include <vector>

#include "framework/tensor/random.hpp"

namespace adjoint {

/// A position in pixels.
struct Point {
  float x = 0;
  float y = 0;
};

/// Texture of a surface of a synthetic image: a number in [0, 1] for every point, from its first to
/// its second colour. No detail is finer than what pixels can show.
class Texture {
 public:
  enum class Kind { plain, linear, radial, grating, rings, checkers, noise };

  /// `scale` is the smaller side of the image in pixels; everything else is drawn from `random`.
  Texture(Kind kind, float scale, Random& random);

  float operator()(Point p) const;

 private:
  float noise(Point p) const;

  Kind kind_;
  Point direction_;   // unit vector
  Point centre_;      // of radial kinds
  float period_ = 1;  // pixels for a whole wave, a whole gradient or two cells
  float phase_ = 0;   // in periods
  std::vector<float> lattice_;
};

}  // namespace adjoint
