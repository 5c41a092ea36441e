#include "datasets/noise/image_noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "datasets/noise/flat_places.hpp"
#include "datasets/quantile.hpp"
#include "framework/conv/gemm.hpp"

namespace adjoint {
namespace {

constexpr Index kDctSide = kNoiseBlock, kDctSize = kDctSide * kDctSide;
constexpr Index kMostBlocks = 30'000;       // of all images together
constexpr std::size_t kFewestBlocks = 200;  // in a bin, for they overlap
constexpr double kChosen = 0.02;            // of a bin's blocks
constexpr std::size_t kFewestChosen = 16;
constexpr double kMostTexture = 2;     // times that of the image's least textured bin
constexpr double kMostExcess = 2.5;    // of a bin's variance over what another one explains
constexpr double kMostClipped = 0.05;  // of the chosen pixels: costs 4 % of sigma

/// Frequencies u + v from here on are high: half of them.
constexpr Index kFirstHigh = kDctSide - 1;
constexpr Index kHighFrequencies = kDctSide * (kDctSide + 1) / 2;
constexpr Index kLowFrequencies = kDctSize - kHighFrequencies - 1;

struct Block {
  double brightness;
  double low;                                // energy at low frequencies, without the mean
  double clipped;                            // part of the pixels
  std::array<float, kHighFrequencies> high;  // squares of the coefficients
};

/// Which ends of [0, 1] cut the noise: nothing lies beyond them.
struct Ends {
  bool low, high;
  bool cut(Real x) const { return (low && x <= 0) || (high && x >= 1); }
};

Ends ends_of(std::span<const Tensor> images) {
  Ends ends{true, true};
  for (const Tensor& image : images) {
    for (const Real x : image) {
      ends.low = ends.low && x >= 0;
      ends.high = ends.high && x <= 1;
    }
  }
  return ends;
}

/// Kronecker product of two orthonormal DCT-II matrices: a block's pixels, as a row, times this are
/// its coefficients.
std::vector<Real> dct_matrix() {
  const auto wave = [](Index frequency, Index at) {
    const double scale = std::sqrt((frequency == 0 ? 1.0 : 2.0) / kDctSide);
    return scale * std::cos(std::numbers::pi * static_cast<double>((2 * at + 1) * frequency) /
                            (2.0 * kDctSide));
  };
  std::vector<Real> matrix(kDctSize * kDctSize);
  for (Index p = 0; p < kDctSize; ++p) {
    for (Index f = 0; f < kDctSize; ++f) {
      matrix[static_cast<std::size_t>(p * kDctSize + f)] =
          static_cast<Real>(wave(f / kDctSide, p / kDctSide) * wave(f % kDctSide, p % kDctSide));
    }
  }
  return matrix;
}

std::vector<ImageChannel> channels_of(std::span<const Tensor> images) {
  std::vector<ImageChannel> channels;
  for (const Tensor& image : images) {
    const Shape shape = shape_of(image);
    if (shape[0] < kDctSide || shape[1] < kDctSide) continue;
    if (!std::ranges::all_of(image, [](Real x) { return std::isfinite(x); })) continue;
    for (Index c = 0; c < shape[2]; ++c)
      channels.push_back({image.data() + c, shape[0], shape[1], shape[2]});
  }
  return channels;
}

/// Collects the blocks of images, without those whose pixels are all equal: masks.
class BlockReader {
 public:
  BlockReader(const Ends& ends, Index step) : ends_(ends), step_(step) {}

  void read(const ImageChannel& channel) {
    for (Index y = 0; y + kDctSide <= channel.height; y += step_) {
      rows_.clear();
      clipped_.clear();
      for (Index x = 0; x + kDctSide <= channel.width; x += step_) gather(channel, y, x);
      transform();
    }
  }
  std::vector<Block> blocks;

 private:
  void gather(const ImageChannel& channel, Index top, Index left) {
    const Real first = channel.at(top, left);
    bool equal = true;
    Index clipped = 0;
    const std::size_t start = rows_.size();
    for (Index y = 0; y < kDctSide; ++y) {
      for (Index x = 0; x < kDctSide; ++x) {
        const Real pixel = channel.at(top + y, left + x);
        equal = equal && pixel == first;
        clipped += ends_.cut(pixel) ? 1 : 0;
        rows_.push_back(pixel);
      }
    }
    if (equal) {
      rows_.resize(start);
    } else {
      clipped_.push_back(static_cast<double>(clipped) / kDctSize);
    }
  }

  void transform() {
    const auto count = static_cast<Index>(clipped_.size());
    if (count == 0) return;
    coefficients_.resize(rows_.size());
    gemm({count, kDctSize, kDctSize}, {rows_.data(), kDctSize}, {dct_.data(), kDctSize},
         coefficients_.data(), kDctSize);
    for (Index n = 0; n < count; ++n) {
      const Real* c = coefficients_.data() + n * kDctSize;
      Block block{.brightness = static_cast<double>(c[0]) / kDctSide,
                  .low = 0,
                  .clipped = clipped_[static_cast<std::size_t>(n)],
                  .high = {}};
      std::size_t high = 0;
      for (Index f = 1; f < kDctSize; ++f) {
        const Real square = c[f] * c[f];
        if (f / kDctSide + f % kDctSide < kFirstHigh) {
          block.low += static_cast<double>(square);
        } else {
          block.high[high++] = static_cast<float>(square);
        }
      }
      blocks.push_back(block);
    }
  }

  Ends ends_;
  Index step_;
  std::vector<Real> dct_ = dct_matrix();
  std::vector<Real> rows_, coefficients_;
  std::vector<double> clipped_;
};

struct MeasuredBin {
  NoisePoint point;
  double clipped = 0;
  double texture = 0;  // mean square at low frequencies over that at high ones: about 1 for noise
};

/// Median over the high frequencies of the mean square over the chosen blocks.
MeasuredBin measure(std::vector<const Block*>& bin) {
  const auto wanted = static_cast<std::size_t>(kChosen * static_cast<double>(bin.size()));
  const std::size_t count = std::min(bin.size(), std::max(kFewestChosen, wanted));
  std::ranges::nth_element(bin, bin.begin() + static_cast<std::ptrdiff_t>(count - 1), {},
                           &Block::low);
  MeasuredBin result;
  std::vector<double> variances(bin.front()->high.size());
  const double part = 1.0 / static_cast<double>(count);
  for (std::size_t n = 0; n < count; ++n) {
    result.point.brightness += bin[n]->brightness * part;
    result.clipped += bin[n]->clipped * part;
    result.texture += bin[n]->low * part / kLowFrequencies;
    for (std::size_t f = 0; f < variances.size(); ++f)
      variances[f] += static_cast<double>(bin[n]->high[f]) * part;
  }
  result.point.variance = median_of(variances);
  result.point.weight = static_cast<double>(bin.size());
  result.texture /= std::max(result.point.variance, 1e-12);
  return result;
}

/// Leaves out the bins in which the flattest blocks still have texture: their variance is far above
/// that of others, more than noise that follows brightness would explain, or low frequencies stand
/// out.
void leave_texture_out(std::vector<MeasuredBin>& bins) {
  const auto explains = [](const MeasuredBin& other, const MeasuredBin& bin) {
    const double one = std::max(bin.point.brightness, 1e-3);
    const double two = std::max(other.point.brightness, 1e-3);
    const double most = kMostExcess * std::max(one / two, two / one);
    return bin.point.variance <= most * other.point.variance;
  };
  std::vector<MeasuredBin> plausible;
  for (const MeasuredBin& bin : bins) {
    const auto against = std::ranges::count_if(
        bins, [&](const MeasuredBin& other) { return !explains(other, bin); });
    // A few may lie: the edge of a mask is flatter than noise.
    if (6 * against <= static_cast<std::ptrdiff_t>(bins.size())) plausible.push_back(bin);
  }
  double least = std::numeric_limits<double>::infinity();
  for (const MeasuredBin& bin : plausible) least = std::min(least, bin.texture);
  std::erase_if(plausible, [&](const MeasuredBin& bin) {
    return bin.texture > std::max(1.0, kMostTexture * least);
  });
  bins = std::move(plausible);
}

}  // namespace

std::optional<ImageNoise> image_noise(std::span<const Tensor> images) {
  const std::vector<ImageChannel> channels = channels_of(images);
  Index positions = 0;
  for (const ImageChannel& c : channels)
    positions += (c.height - kDctSide + 1) * (c.width - kDctSide + 1);
  Index step = 1;
  while (positions / (step * step) > kMostBlocks) ++step;
  BlockReader reader(ends_of(images), step);
  for (const ImageChannel& channel : channels) reader.read(channel);
  if (reader.blocks.empty()) return std::nullopt;

  const auto [darkest, brightest] =
      std::ranges::minmax_element(reader.blocks, {}, &Block::brightness);
  const BrightnessBins range{darkest->brightness, brightest->brightness};
  std::array<std::vector<const Block*>, BrightnessBins::kCount> bins;
  for (const Block& block : reader.blocks) bins[range.of(block.brightness)].push_back(&block);
  std::vector<MeasuredBin> measured;
  const auto measure_bins = [&](std::size_t fewest) {
    for (auto& bin : bins) {
      if (bin.size() >= fewest && !bin.empty()) measured.push_back(measure(bin));
    }
  };
  measure_bins(kFewestBlocks);
  if (measured.empty()) measure_bins(1);

  ImageNoise noise;
  std::array<bool, BrightnessBins::kCount> whole{};
  std::vector<MeasuredBin> unclipped;
  for (const MeasuredBin& bin : measured) {
    if (bin.clipped > kMostClipped) continue;
    unclipped.push_back(bin);
    whole[range.of(bin.point.brightness)] = true;
  }
  leave_texture_out(unclipped);
  for (const MeasuredBin& bin : unclipped) noise.points.push_back(bin.point);
  noise.clipped = noise.points.empty();
  if (noise.clipped)
    noise.points.push_back(std::ranges::min(measured, {}, &MeasuredBin::clipped).point);
  double sum = 0, weights = 0;
  for (const NoisePoint& point : noise.points) {
    sum += point.weight * point.variance;
    weights += point.weight;
  }
  noise.sigma = std::sqrt(sum / weights);
  FlatPlaces places;
  for (const ImageChannel& channel : channels) places.read(channel);
  places.measure(range, whole, noise);
  return noise;
}

}  // namespace adjoint
