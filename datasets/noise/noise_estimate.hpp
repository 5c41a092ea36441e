#pragma once

#include <optional>
#include <vector>

#include "datasets/dataset.hpp"
#include "datasets/noise/image_noise.hpp"

namespace adjoint {

/// Noise variance of a pixel: additive + photon * brightness, neither below 0.
struct NoiseLine {
  double additive = 0;  // of the corruption "gaussian": sigma squared
  double photon = 0;    // of "poisson": 1 / peak
  double variance(double brightness) const { return additive + photon * brightness; }
};

/// How the noise changes with brightness.
enum class NoiseTrend {
  unknown,  // no line shows: the images differ too little in brightness, or hardly have any noise
  even,     // as of the corruption "gaussian"
  photon,   // as of "poisson"
  both,     // as of one after the other
  falling,  // weaker where it is brighter, as behind a gamma curve
};

/// Noise of the images of a dataset, without a clean copy of them; in units of [0, 1].
struct NoiseEstimate {
  Index images = 0;    // that were measured
  Index together = 1;  // images that are measured as one, for they are small
  /// Standard deviation of the noise of an image, over the images.
  struct Spread {
    double median = 0, least = 0, largest = 0;
    double low = 0, high = 0;  // a tenth of the images lies below, a tenth above
  };
  Spread sigma;
  NoiseTrend trend = NoiseTrend::unknown;
  NoiseLine line;                  // the part that does not count for `trend` is 0
  std::vector<NoisePoint> points;  // median of the images by brightness; weight: images
  /// Correlation of the noise of neighbouring pixels, 0 if it is independent; unset where too few
  /// places are flat.
  std::optional<double> correlation;
  /// The correlation is too large for chance, and the noise too strong to be texture. `sigma` then
  /// holds noise of all frequencies, `points` that of high ones, and there is no line.
  bool correlated = false;
  /// In most images clipping at 0 or 1 has cut the noise everywhere: `sigma` is too low, and the
  /// rest unknown. Where they are fewer, such images do not count.
  bool clipped = false;

  /// Hardly any: what is found may as well be texture.
  bool none() const { return !clipped && sigma.median < 0.01; }
};

/// Sums up images that were measured. There must be one.
NoiseEstimate summarize_noise(const std::vector<ImageNoise>& images);

/// Measures at most `most` images, evenly spaced, or as many groups of small ones; of a large image
/// the middle, of a dataset of pairs the inputs. Nothing if no image is large enough, or all are
/// constant.
std::optional<NoiseEstimate> estimate_noise(const Dataset& dataset, Index most = 32);

}  // namespace adjoint
