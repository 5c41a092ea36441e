#include "datasets/blind_spots.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/quantile.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

// With more, a hidden pixel's neighbours are hidden, too.
constexpr double kMostHidden = 0.5;

Check<double> hidden_share() {
  return {[](const double& value) { return value > 0 && value <= kMostHidden; },
          fmt::format("greater than 0, at most {}", kMostHidden)};
}

/// The rows or columns of a window around a place, cut at the image's border.
struct Reach {
  Index first, last;
  Reach(Index place, Index radius, Index extent)
      : first(std::max<Index>(place - radius, 0)), last(std::min(place + radius, extent - 1)) {}
  Index size() const { return last - first + 1; }
};

/// The neighbours of a pixel: all of its window but itself, by numbers.
class Neighbours {
 public:
  Neighbours(Index y, Index x, Index radius, const Shape& image)
      : rows_(y, radius, image[0]),
        columns_(x, radius, image[1]),
        width_(image[1]),
        own_((y - rows_.first) * columns_.size() + x - columns_.first) {}

  Index count() const { return rows_.size() * columns_.size() - 1; }
  /// Number of the pixel in its image.
  Index pixel(Index number) const {
    if (number >= own_) ++number;
    return (rows_.first + number / columns_.size()) * width_ + columns_.first +
           number % columns_.size();
  }

 private:
  Reach rows_, columns_;
  Index width_, own_;
};

/// Calls visit(y, x) for `count` different pixels: the image is cut into as many cells of nearly
/// one size, nearly square, and one pixel drawn of each.
template <class Visit>
void for_each_stratified_pixel(const Shape& image, Index count, Random& random,
                               const Visit& visit) {
  const Index height = image[0], width = image[1];
  const double square = std::sqrt(static_cast<double>(count) * static_cast<double>(height) /
                                  static_cast<double>(width));
  const Index bands =
      std::clamp<Index>(std::llround(square), (count + width - 1) / width, std::min(height, count));
  const auto draw = [&](Index part, Index parts, Index extent) {
    const Index first = extent * part / parts, last = extent * (part + 1) / parts;
    return first + static_cast<Index>(random.below(static_cast<std::uint64_t>(last - first)));
  };
  for (Index band = 0; band < bands; ++band) {
    const Index cells = count * (band + 1) / bands - count * band / bands;
    for (Index cell = 0; cell < cells; ++cell) {
      const Index y = draw(band, bands, height);
      visit(y, draw(cell, cells, width));
    }
  }
}

}  // namespace

void BlindSpots::keys(Keys& key) {
  key("share", share,
      "fraction of an image's pixels that are hidden and counted in each step, at least one",
      hidden_share());
  key("radius", radius, "rows and columns around a hidden pixel that are its neighbours",
      at_least<Index>(1));
  key("replace", replace,
      "what stands in a hidden pixel's place: the value of a random neighbour, or the median of "
      "all neighbours, without the pixel itself");
}

Index BlindSpots::count(const Shape& image) const {
  const Index pixels = image[0] * image[1];
  return std::clamp<Index>(std::llround(share * static_cast<double>(pixels)), 1, pixels);
}

void BlindSpots::hide(Random random, ConstView noisy, View image, View mask) const {
  const Shape& shape = noisy.shape;
  if (shape[0] * shape[1] < 2)
    throw InputError("an image of {} has no pixel beside the one that is to be hidden",
                     to_string(shape));
  const Index channels = shape[2];
  std::ranges::fill(mask.flat(), Real{0});
  std::vector<Real> values;
  for_each_stratified_pixel(shape, count(shape), random, [&](Index y, Index x) {
    const Neighbours neighbours(y, x, radius, shape);
    const Index pixel = y * shape[1] + x;
    mask[pixel] = 1;
    if (replace == Replacement::neighbour) {
      const Index from = neighbours.pixel(
          static_cast<Index>(random.below(static_cast<std::uint64_t>(neighbours.count()))));
      std::copy_n(noisy.data + from * channels, channels, image.data + pixel * channels);
      return;
    }
    for (Index c = 0; c < channels; ++c) {
      values.clear();
      for (Index n = 0; n < neighbours.count(); ++n)
        values.push_back(noisy[neighbours.pixel(n) * channels + c]);
      image[pixel * channels + c] = median_of(values);
    }
  });
}

}  // namespace adjoint
