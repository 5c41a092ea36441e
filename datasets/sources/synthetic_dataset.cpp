#include "datasets/sources/synthetic_dataset.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "datasets/sources/signal_dataset.hpp"
#include "datasets/sources/silhouette.hpp"
#include "datasets/sources/source_table.hpp"
#include "datasets/sources/texture.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using Colour = std::array<float, 3>;

/// The hues of one image: a few that go together.
class Palette {
 public:
  explicit Palette(Random& random) : hue_(random.uniform()) {}

  /// A colour as light as `tone`, in [0, 1].
  Colour pick(float tone, Random& random) const {
    constexpr std::array<float, 5> kOffsets = {0, 0.06F, -0.08F, 0.45F, 0.55F};
    const float hue = hue_ + kOffsets[random.below(kOffsets.size())];
    const float saturation = random.uniform(0.35F, 0.9F);
    // From hue, saturation and lightness to red, green and blue.
    const float reach = saturation * std::min(tone, 1 - tone);
    Colour colour{};
    for (int channel = 0; channel < 3; ++channel) {
      float sixth = 6 * hue - 2 * static_cast<float>(channel);
      sixth -= 6 * std::floor(sixth / 6);
      const float towards = std::clamp(std::abs(sixth - 3) - 1, 0.0F, 1.0F);
      colour[channel] = tone + reach * (2 * towards - 1);
    }
    return colour;
  }

 private:
  float hue_;
};

/// A textured colour: what one layer of the image is painted with.
struct Paint {
  Texture texture;
  Colour first{};
  Colour second{};
};

/// Textures that a style paints with: plain and smooth surfaces, or patterns.
std::span<const Texture::Kind> textures_of(SyntheticStyle style) {
  using enum Texture::Kind;
  static constexpr Texture::Kind kAll[] = {plain,   linear, radial,   plain, linear,
                                           grating, rings,  checkers, noise};
  if (style == SyntheticStyle::shapes) return std::span(kAll).first(5);
  if (style == SyntheticStyle::textures) return std::span(kAll).last(4);
  return kAll;
}

/// The number of shapes on the background.
int shapes_of(SyntheticStyle style, Random& random) {
  if (style == SyntheticStyle::textures) return static_cast<int>(random.below(3));
  return 3 + static_cast<int>(random.below(4));
}

class Painter {
 public:
  Painter(const SyntheticSpec& spec, Random& random, View image)
      : spec_(spec),
        random_(random),
        image_(image),
        height_(static_cast<float>(spec.size.h)),
        width_(static_cast<float>(spec.size.w)),
        scale_(std::min(height_, width_)),
        palette_(random) {}

  void paint() {
    background();
    const int shapes = shapes_of(spec_.style, random_);
    for (int i = 0; i < shapes; ++i) {
      // Large ones first, so that none is hidden.
      const float size =
          std::lerp(0.42F, 0.14F, static_cast<float>(i) / static_cast<float>(shapes));
      shape(scale_ * size * random_.uniform(0.75F, 1.25F));
    }
    stretch();
  }

 private:
  /// Paint whose lightness keeps away from that of the layer before.
  Paint mix() {
    const float away = random_.uniform(0.25F, 0.55F);
    const bool darker = tone_ + away > 0.95F || (tone_ > away && random_.uniform() < 0.5F);
    tone_ = std::clamp(darker ? tone_ - away : tone_ + away, 0.05F, 0.95F);
    const auto kinds = textures_of(spec_.style);
    Paint paint{.texture = Texture(kinds[random_.below(kinds.size())], scale_, random_)};
    const float other =
        tone_ < 0.5F ? tone_ + random_.uniform(0.2F, 0.5F) : tone_ - random_.uniform(0.2F, 0.5F);
    paint.first = colour(tone_);
    paint.second = colour(other);
    return paint;
  }

  Colour colour(float tone) {
    return spec_.channels == 1 ? Colour{tone, tone, tone} : palette_.pick(tone, random_);
  }

  void background() {
    const Paint paint = mix();
    each_pixel([&](Point p, Real* pixel) { lay(paint, p, 1, pixel); });
  }

  void shape(float radius) {
    const auto kind = static_cast<Silhouette::Kind>(random_.below(Silhouette::kKinds));
    const Silhouette silhouette(kind, std::max(radius, 1.5F), height_, width_, random_);
    const Paint paint = mix();
    each_pixel([&](Point p, Real* pixel) {
      const float coverage = silhouette.coverage(p);
      if (coverage > 0) lay(paint, p, coverage, pixel);
    });
  }

  void lay(const Paint& paint, Point p, float coverage, Real* pixel) const {
    const float t = paint.texture(p);
    for (Index c = 0; c < spec_.channels; ++c) {
      const float value = std::lerp(paint.first[c], paint.second[c], t);
      pixel[c] += coverage * (value - pixel[c]);
    }
  }

  template <class Visit>
  void each_pixel(Visit visit) {
    Real* pixel = image_.data;
    for (Index y = 0; y < spec_.size.h; ++y) {
      for (Index x = 0; x < spec_.size.w; ++x, pixel += spec_.channels) {
        visit(Point{static_cast<float>(x) + 0.5F - width_ / 2,
                    static_cast<float>(y) + 0.5F - height_ / 2},
              pixel);
      }
    }
  }

  /// Full contrast: the darkest value becomes 0, the lightest 1.
  void stretch() {
    const auto [low, high] = std::minmax_element(image_.flat().begin(), image_.flat().end());
    const Real darkest = *low;
    const Real range = *high - darkest;
    if (range < 1e-3F) return;
    for (Real& x : image_.flat()) x = (x - darkest) / range;
  }

  const SyntheticSpec& spec_;
  Random& random_;
  View image_;
  float height_;
  float width_;
  float scale_;
  Palette palette_;
  float tone_ = 0.5F;  // lightness of the latest layer
};

const Check<Index> kOneOrThree{[](const Index& value) { return value == 1 || value == 3; },
                               "1 or 3"};

}  // namespace

std::string_view description(SyntheticStyle style) {
  switch (style) {
    case SyntheticStyle::mixed:
      return "shapes with smooth edges, on gradients and textures";
    case SyntheticStyle::shapes:
      return "shapes on plain and smooth surfaces";
    case SyntheticStyle::textures:
      return "gratings, rings, checkers and noise";
    case SyntheticStyle::signal:
      return "one-dimensional traces with beats like those of a heart, one a row";
    case SyntheticStyle::radar:
      return "scans of a ground-penetrating radar, some with the echo of a buried object";
    case SyntheticStyle::fabric:
      return "woven cloth under uneven light, some with a defect";
  }
  return {};
}

void SyntheticSpec::keys(Keys& key) {
  key("style", style, "style of the images");
  key("size", size, "height and width of the images", at_least<Index>(1));
  switch (style) {
    case SyntheticStyle::mixed:
    case SyntheticStyle::shapes:
    case SyntheticStyle::textures:
      key("channels", channels, "gray or RGB", kOneOrThree);
      break;
    case SyntheticStyle::signal:
      break;
    case SyntheticStyle::radar:
      radar.keys(key);
      break;
    case SyntheticStyle::fabric:
      fabric.keys(key);
      break;
  }
  key("count", count, "number of images in an epoch, validation included", at_least<Index>(1));
}

DatasetPtr SyntheticSpec::open(const SourcePlace& place) const {
  const auto sized = [&](auto spec) {
    spec.size = size;
    spec.count = count;
    return spec;
  };
  switch (style) {
    case SyntheticStyle::mixed:
    case SyntheticStyle::shapes:
    case SyntheticStyle::textures:
      break;
    case SyntheticStyle::signal:
      return std::make_shared<SignalDataset>(size, count, place.seed);
    case SyntheticStyle::radar:
      return std::make_shared<RadarDataset>(sized(radar), place.seed);
    case SyntheticStyle::fabric:
      return std::make_shared<FabricDataset>(sized(fabric), place.seed);
  }
  return std::make_shared<SyntheticDataset>(*this, place.seed);
}

SyntheticDataset::SyntheticDataset(const SyntheticSpec& spec, std::uint64_t seed)
    : spec_(spec), seed_(seed) {
  if (spec.size.h < 1 || spec.size.w < 1 || spec.count < 1) {
    throw InputError("synthetic images need a size and a count of at least 1, got {}x{} and {}",
                     spec.size.h, spec.size.w, spec.count);
  }
  if (spec.channels != 1 && spec.channels != 3) {
    throw InputError("synthetic images have 1 or 3 channels, not {}", spec.channels);
  }
}

void SyntheticDataset::read(Index index, std::uint32_t epoch, View sample) const {
  Random random({.seed = seed_,
                 .purpose = Purpose::synthetic,
                 .epoch = epoch,
                 .index = static_cast<std::uint32_t>(index)});
  std::fill(sample.flat().begin(), sample.flat().end(), Real{0});
  Painter(spec_, random, sample).paint();
}

}  // namespace adjoint
