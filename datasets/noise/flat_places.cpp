#include "datasets/noise/flat_places.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "datasets/quantile.hpp"

namespace adjoint {
namespace {

constexpr Index kBlock = kNoiseBlock, kBlockSize = kBlock * kBlock;
constexpr double kFlatPart = 0.05, kRoughPart = 0.15;
constexpr std::size_t kFewestPlaces = 12;

using BlockPixels = std::array<double, kBlockSize>;

/// Takes off the plane that fits best; returns the mean.
double take_plane_off(BlockPixels& pixels) {
  constexpr double kMiddle = (kBlock - 1) / 2.0;
  constexpr double kSquares = kBlockSize * (kBlockSize - 1) / 12.0;
  double mean = 0, down = 0, right = 0;
  const auto from_middle = [](Index at) { return static_cast<double>(at) - kMiddle; };
  for (Index p = 0; p < kBlockSize; ++p) {
    const double pixel = pixels[static_cast<std::size_t>(p)];
    mean += pixel / kBlockSize;
    down += pixel * from_middle(p / kBlock) / kSquares;
    right += pixel * from_middle(p % kBlock) / kSquares;
  }
  for (Index p = 0; p < kBlockSize; ++p) {
    pixels[static_cast<std::size_t>(p)] -=
        mean + down * from_middle(p / kBlock) + right * from_middle(p % kBlock);
  }
  return mean;
}

/// Half the mean square of the differences between pixels `lag` apart, across and down.
double half_square_of_differences(const BlockPixels& pixels, Index lag) {
  const auto at = [&](Index y, Index x) {
    return pixels[static_cast<std::size_t>(y * kBlock + x)];
  };
  double sum = 0;
  for (Index line = 0; line < kBlock; ++line) {
    for (Index from = 0; from + lag < kBlock; ++from) {
      const double across = at(line, from + lag) - at(line, from);
      const double down = at(from + lag, line) - at(from, line);
      sum += across * across + down * down;
    }
  }
  return sum / static_cast<double>(4 * kBlock * (kBlock - lag));
}

}  // namespace

FlatPlaces::Block FlatPlaces::measure_block(const ImageChannel& channel, Index top, Index left) {
  BlockPixels pixels{};
  for (Index p = 0; p < kBlockSize; ++p) {
    pixels[static_cast<std::size_t>(p)] =
        static_cast<double>(channel.at(top + p / kBlock, left + p % kBlock));
  }
  Block block{.brightness = take_plane_off(pixels)};
  for (const double x : pixels) block.variance += x * x / (kBlockSize - 3);
  block.near = half_square_of_differences(pixels, 1);
  block.far = half_square_of_differences(pixels, kBlock / 2);
  return block;
}

void FlatPlaces::read(const ImageChannel& channel) {
  // Blocks overlap by half: a block and the second one from it have no pixel in common.
  constexpr Index kStep = kBlock / 2;
  const Index rows = (channel.height - kBlock) / kStep + 1;
  const Index columns = (channel.width - kBlock) / kStep + 1;
  std::vector<Block> grid;
  for (Index y = 0; y < rows; ++y) {
    for (Index x = 0; x < columns; ++x)
      grid.push_back(measure_block(channel, y * kStep, x * kStep));
  }
  for (Index y = 0; y < rows; ++y) {
    for (Index x = 0; x < columns; ++x) {
      Block block = grid[static_cast<std::size_t>(y * columns + x)];
      double least = block.variance;
      for (const auto& [dy, dx] : {std::array{-2, 0}, {2, 0}, {0, -2}, {0, 2}}) {
        if (y + dy < 0 || y + dy >= rows || x + dx < 0 || x + dx >= columns) continue;
        const double beside = grid[static_cast<std::size_t>((y + dy) * columns + x + dx)].variance;
        least = std::min(least, beside);
        block.rough = std::max(block.rough, beside);
      }
      // A block whose pixels are all equal, but for rounding, belongs to a mask: it has no noise.
      if (least > 1e-12) blocks_.push_back(block);
    }
  }
}

void FlatPlaces::measure(const BrightnessBins& bins,
                         const std::array<bool, BrightnessBins::kCount>& whole,
                         ImageNoise& noise) const {
  std::vector<Block> known;
  std::ranges::copy_if(blocks_, std::back_inserter(known),
                       [&](const Block& block) { return whole[bins.of(block.brightness)]; });
  std::ranges::sort(known, {}, &Block::rough);
  const auto median_of_flattest = [&](double part, double Block::*value) {
    std::vector<double> values;
    const double count = std::ceil(part * static_cast<double>(known.size()));
    for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n)
      values.push_back(known[n].*value);
    return median_of(values);
  };
  if (kFlatPart * static_cast<double>(known.size()) < kFewestPlaces) return;
  const double far = median_of_flattest(kFlatPart, &Block::far);
  noise.flat_sigma = std::sqrt(far);
  noise.rough_sigma = std::sqrt(median_of_flattest(kRoughPart, &Block::far));
  noise.correlation = 1 - median_of_flattest(kFlatPart, &Block::near) / far;
}

}  // namespace adjoint
