#include "datasets/sources/fabric_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "datasets/sources/turn.hpp"
#include "framework/settings/keys.hpp"
#include "framework/tensor/random.hpp"

namespace adjoint {
namespace {

constexpr std::uint16_t kNoiseSalt = 2;
constexpr float kGap = 0.12F;       // brightness between the threads
constexpr float kWeft = 0.75F;      // brightness of the weft, where that of the warp is 1
constexpr float kUnder = 0.55F;     // of a thread that is seen where the one above it is missing
constexpr float kStainSeen = 0.2F;  // of a stain's strength in its middle: what a mask shows

/// The threads of one direction.
struct Threads {
  std::vector<float> brightness;  // of each
  float wander, length, phase;    // how they wander, in pixels: amplitude, wavelength; in turns

  Threads(Index count, float tone, Random& random)
      : wander(random.uniform(0.3F, 0.8F)),
        length(random.uniform(60.0F, 120.0F)),
        phase(random.uniform()) {
    brightness.reserve(static_cast<std::size_t>(count));
    for (Index i = 0; i < count; ++i) brightness.push_back(tone * random.uniform(0.85F, 1.0F));
  }
  /// How far they are aside at this place along them.
  float aside(float along) const { return wander * std::sin(kTurn * (along / length + phase)); }
};

/// A direction in the image.
struct Heading {
  float c, s;  // cosine and sine
  explicit Heading(float turns) : c(std::cos(kTurn * turns)), s(std::sin(kTurn * turns)) {}
  float along(float x, float y) const { return c * x + s * y; }
  float across(float x, float y) const { return c * y - s * x; }
};

struct Defect {
  enum class Kind { missing_thread, stain, cut, wrong_way };
  Kind kind;
  float x, y;      // middle, in pixels of the image
  float reach;     // half its length; of a stain the radius
  Heading runs;    // of a cut
  float strength;  // of a stain: what it takes of the light
  bool of_warp;    // which threads

  Defect(float height, float width, Random& random)
      : kind(static_cast<Kind>(random.below(4))),
        x(width * random.uniform(0.2F, 0.8F)),
        y(height * random.uniform(0.2F, 0.8F)),
        reach(random.uniform(8.0F, 16.0F)),
        runs(random.uniform()),
        strength(random.uniform(0.2F, 0.4F)),
        of_warp(random.below(2) == 0) {
    if (kind == Kind::missing_thread) reach *= 1.5F;
  }
};

/// What a pixel shows, before the light falls on it.
struct Look {
  float brightness;
  bool is_defect;
};

/// One piece of cloth. Threads of the warp run down, those of the weft across, up to a small turn.
class Cloth {
 public:
  Cloth(Extent2 size, bool has_defect, Random& random)
      : height_(static_cast<float>(size.h)),
        width_(static_cast<float>(size.w)),
        pitch_(random.uniform(7.8F, 8.2F)),
        weft_runs_(random.uniform(-3.0F, 3.0F) / 360),
        diagonal_(std::hypot(height_, width_)),
        origin_{random.uniform(0.0F, 2 * pitch_), random.uniform(0.0F, 2 * pitch_)},
        warp_(threads(), 1, random),
        weft_(threads(), kWeft, random),
        light_(random.uniform(0.65F, 0.85F)),
        slope_(random.uniform(0.0F, 0.2F)),
        light_falls_(random.uniform()),
        noise_(random.uniform(0.015F, 0.03F)),
        has_defect_(has_defect),
        // Drawn in any case, so that the same cloth with and without its defect can be compared.
        defect_(height_, width_, random),
        defect_cell_(cell_at(defect_.x, defect_.y)) {}

  float noise() const { return noise_; }

  /// The light at a pixel, from one side to the other.
  float light(float x, float y) const {
    const float across = light_falls_.along(x - width_ / 2, y - height_ / 2) / diagonal_;
    return light_ * (1 + 2 * slope_ * across);
  }

  Look look(float x, float y) const {
    Cell cell = cell_at(x, y);
    if (!has_defect_) return {woven(cell), false};
    const float dx = x - defect_.x, dy = y - defect_.y;
    switch (defect_.kind) {
      case Defect::Kind::stain: {
        const float distance = std::hypot(dx, dy) / defect_.reach;
        const float share = distance < 1 ? (1 - distance * distance) : 0;
        return {woven(cell) * (1 - defect_.strength * std::min(1.0F, 2 * share)),
                share > kStainSeen};
      }
      case Defect::Kind::cut: {
        const float past = std::max(0.0F, std::abs(defect_.runs.along(dx, dy)) - defect_.reach);
        const float distance = std::hypot(past, defect_.runs.across(dx, dy));
        const float open = std::clamp(2.0F - distance, 0.0F, 1.0F);
        return {std::lerp(woven(cell), kGap / 2, open), open > 0};
      }
      case Defect::Kind::missing_thread: {
        if (!on_the_thread(cell, x, y, 1)) return {woven(cell), false};
        const bool was_above = cell.warp_above == defect_.of_warp;
        cell.warp_above = !defect_.of_warp;
        return {woven(cell) * (was_above ? kUnder : 1), true};
      }
      case Defect::Kind::wrong_way: {
        // Along two threads the weave has lost its turn.
        if (!on_the_thread(cell, x, y, 2)) return {woven(cell), false};
        cell.warp_above = !cell.warp_above;
        return {woven(cell), true};
      }
    }
    return {};
  }

 private:
  /// Where a pixel is in the weave: between which threads, and where between them, -0.5 to 0.5.
  struct Cell {
    Index warp, weft;
    float across_warp, across_weft;
    bool warp_above;
  };

  Index threads() const { return static_cast<Index>(2 * diagonal_ / pitch_) + 8; }

  Cell cell_at(float x, float y) const {
    const float right = x - width_ / 2, down = y - height_ / 2;
    // A diagonal further, so that all indices are positive.
    float u = weft_runs_.along(right, down) + diagonal_ + origin_[0];
    float v = weft_runs_.across(right, down) + diagonal_ + origin_[1];
    const float aside = warp_.aside(v);
    v = (v + weft_.aside(u)) / pitch_;
    u = (u + aside) / pitch_;
    const auto warp = static_cast<Index>(u), weft = static_cast<Index>(v);
    return {.warp = warp,
            .weft = weft,
            .across_warp = u - static_cast<float>(warp) - 0.5F,
            .across_weft = v - static_cast<float>(weft) - 0.5F,
            .warp_above = (warp + weft) % 2 == 0};
  }

  /// A thread is brightest along its middle, and where it bulges over the other.
  float woven(const Cell& cell) const {
    const Threads& threads = cell.warp_above ? warp_ : weft_;
    const Index thread = cell.warp_above ? cell.warp : cell.weft;
    const float across = cell.warp_above ? cell.across_warp : cell.across_weft;
    const float along = cell.warp_above ? cell.across_weft : cell.across_warp;
    const float round = std::cos(std::numbers::pi_v<float> * across);
    const float bulge = 0.6F + 0.4F * std::cos(std::numbers::pi_v<float> * along);
    return kGap + (1 - kGap) * round * bulge * threads.brightness[static_cast<std::size_t>(thread)];
  }

  /// Whether a pixel is on the defect's thread, or one of several beside each other.
  bool on_the_thread(const Cell& cell, float x, float y, Index count) const {
    const Index from =
        defect_.of_warp ? cell.warp - defect_cell_.warp : cell.weft - defect_cell_.weft;
    return from >= 0 && from < count &&
           std::abs(defect_.of_warp ? y - defect_.y : x - defect_.x) < defect_.reach;
  }

  float height_, width_, pitch_;
  Heading weft_runs_;
  float diagonal_;
  float origin_[2];
  Threads warp_, weft_;
  float light_, slope_;
  Heading light_falls_;
  float noise_;
  bool has_defect_;
  Defect defect_;
  Cell defect_cell_;  // of its middle
};

/// Everything of an image but its noise.
Cloth cloth(const FabricSpec& spec, const RandomKey& key, bool has_defect) {
  Random random(key);
  return {spec.size, has_defect, random};
}

RandomKey key_of(std::uint64_t seed, Index index, std::uint32_t epoch, std::uint16_t salt = 0) {
  return {.seed = seed,
          .purpose = Purpose::synthetic,
          .salt = salt,
          .epoch = epoch,
          .index = static_cast<std::uint32_t>(index)};
}

}  // namespace

void FabricSpec::keys(Keys& key) {
  key("defects", defects, "which images of cloth show a defect (label 1)");
  if (defects == Presence::some)
    key("probability", probability, "probability of a defect in an image", between(0.0, 1.0));
}

void FabricDataset::read(Index index, std::uint32_t epoch, View sample) const {
  const Cloth piece = cloth(spec_, key_of(seed(), index, epoch), label(index) == 1);
  Random noise(key_of(seed(), index, epoch, kNoiseSalt));
  for (Index y = 0; y < spec_.size.h; ++y) {
    for (Index x = 0; x < spec_.size.w; ++x) {
      const auto px = static_cast<float>(x), py = static_cast<float>(y);
      const float value =
          piece.look(px, py).brightness * piece.light(px, py) + piece.noise() * noise.normal();
      sample[y * spec_.size.w + x] = std::clamp(value, 0.0F, 1.0F);
    }
  }
}

void FabricDataset::read_mask(Index index, std::uint32_t epoch, View mask) const {
  std::fill(mask.flat().begin(), mask.flat().end(), Real{0});
  if (label(index) == 0) return;
  const Cloth piece = cloth(spec_, key_of(seed(), index, epoch), true);
  for (Index y = 0; y < spec_.size.h; ++y) {
    for (Index x = 0; x < spec_.size.w; ++x) {
      if (piece.look(static_cast<float>(x), static_cast<float>(y)).is_defect)
        mask[y * spec_.size.w + x] = 1;
    }
  }
}

}  // namespace adjoint
