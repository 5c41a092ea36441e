#include "datasets/level_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace adjoint {
namespace {

// Images may be dark, and floats may overshoot a little: only what is far off is told.
constexpr double kSmallPart = 1.0 / 8, kBeyond = 1.5, kBelow = -0.5;
// Integers of 14 bits fill a quarter of 16 bits.
constexpr double k14Bits = 16383;
constexpr Index kFirstImages = 8;

/// The smallest common white level that holds such a number; 0 if none does.
double common_white(double number) {
  if (number <= 1) return 1;
  for (const double level : {255.0, 1023.0, 4095.0, 16383.0, 65535.0}) {
    if (number <= level) return level;
  }
  return 0;
}

}  // namespace

void LevelCheck::add(ConstView pixels, const Levels& levels) {
  if (levels.bits != 16 && levels.bits != 32) return;
  if (levels_.bits == 0) levels_ = levels;
  if (levels_.bits != levels.bits || levels_.white != levels.white) return;
  for (const Real x : pixels.flat()) {
    if (!std::isfinite(x)) continue;
    low_ = std::min(low_, static_cast<double>(x));
    high_ = std::max(high_, static_cast<double>(x));
  }
}

bool LevelCheck::beyond() const {
  return high_ > kBeyond || low_ < kBelow;
}

bool LevelCheck::small() const {
  if (high_ <= 0 || beyond()) return false;
  const bool of_16_bits = levels_.bits == 16 && levels_.white == 65535;
  return high_ < kSmallPart || (of_16_bits && highest() <= k14Bits);
}

double LevelCheck::highest() const {
  return std::round(high_ * levels_.white * 1e4) / 1e4;
}

std::optional<double> LevelCheck::likely_white() const {
  if ((!beyond() && !small()) || low_ < kBelow) return std::nullopt;
  const double likely = common_white(highest());
  if (likely == 0 || likely == levels_.white) return std::nullopt;
  return likely;
}

std::optional<std::string> LevelCheck::warning(const std::string& remedy) const {
  if (!beyond() && !small()) return std::nullopt;
  const double white = levels_.white;
  const double low = low_ * white, high = highest();
  const std::string range =
      levels_.bits == 16
          ? fmt::format("the numbers in the images reach {:.6g}", high)
          : fmt::format("the numbers in the images go from {:.4g} to {:.6g}", low, high);
  const std::string seen =
      beyond()
          ? fmt::format("{}, and {:.6g} is taken for white: the model expects [0, 1]", range, white)
          : fmt::format("{}, and {:.6g} is taken for white: the model sees them nearly black",
                        range, white);
  const std::optional<double> likely = likely_white();
  if (!likely)
    return fmt::format("{}; bring them to [0, 1], or say which number is white: {}", seen,
                       fmt::format(fmt::runtime(remedy), "N"));
  const std::string bits =
      *likely == 1
          ? ""
          : fmt::format(", as in {}-bit data", std::bit_width(static_cast<unsigned>(*likely)));
  return fmt::format("{}; if white is {:.6g}{}, say so: {}", seen, *likely, bits,
                     fmt::format(fmt::runtime(remedy), *likely));
}

std::optional<std::string> level_warning(const Dataset& dataset, const std::string& remedy) {
  const Levels levels = dataset.levels();
  if (levels.bits != 16 && levels.bits != 32) return std::nullopt;
  LevelCheck check;
  Tensor sample = make_tensor(dataset.shape());
  // The first ones: they lie together, where a file is read in chunks.
  const Index count = std::min(kFirstImages, dataset.size() / dataset.group());
  for (Index i = 0; i < count; ++i) {
    dataset.read(i * dataset.group(), kFixedEpoch, view(sample));
    check.add(view(std::as_const(sample)), levels);
  }
  return check.warning(remedy);
}

}  // namespace adjoint
