#pragma once

// The noise of single images, measured without a clean copy. noise_estimate.hpp sums it up over a
// dataset.

#include <optional>
#include <span>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Variance of the noise where an image has some brightness.
struct NoisePoint {
  double brightness = 0;  // mean of the blocks that were measured
  double variance = 0;    // of a pixel
  double weight = 0;      // blocks of that brightness
};

struct ImageNoise {
  double sigma = 0;  // standard deviation, root of the mean variance over `points`
  std::vector<NoisePoint> points;
  /// Correlation of the noise of neighbouring pixels, 0 if it is independent; unset where too few
  /// places are flat. Texture that is everywhere counts as noise.
  std::optional<double> correlation;
  /// Standard deviation of pixels in flat places: more than `sigma` where noise is correlated, for
  /// `points` are measured at high frequencies.
  double flat_sigma = 0;
  /// The same over more places, not quite as flat: much more in a textured image.
  double rough_sigma = 0;
  /// Noise that clipping at 0 or 1 has cut is all there is: it was stronger.
  bool clipped = false;
};

/// Least height and width of an image that can be measured.
inline constexpr Index kNoiseBlock = 8;

/// Noise of images (height, width, channels) in [0, 1] that are taken as one: small ones hold too
/// few blocks alone. Empty if none has a block of kNoiseBlock x kNoiseBlock pixels that are not all
/// equal. Each channel counts as an image of its own.
///
/// Overlapping blocks are sorted by brightness; of each brightness, those with the least energy at
/// low frequencies give the variance, at high frequencies, which that choice does not bias if the
/// noise is white. Sources: Ponomarenko, Lukin, Zriakhov, Kaarna & Astola, "An automatic approach
/// to lossy compression of AVIRIS images" (IGARSS 2007); Colom & Buades, "Analysis and extension of
/// the Ponomarenko et al. method, estimating a noise curve from a single image" (IPOL 3, 2013,
/// doi:10.5201/ipol.2013.45).
std::optional<ImageNoise> image_noise(std::span<const Tensor> images);

}  // namespace adjoint
