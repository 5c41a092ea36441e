#include "datasets/image_cache.hpp"

#include <algorithm>

#include "datasets/image_ops.hpp"

namespace adjoint {
namespace {

Real of_level(std::uint8_t level) {
  return static_cast<Real>(level) / 255;
}

/// The pixels as bytes; empty if any is not exactly a level of 255.
std::vector<std::uint8_t> levels_of(const Tensor& pixels) {
  std::vector<std::uint8_t> levels(pixels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const Real x = pixels.data()[i];
    if (!(x >= 0 && x <= 1)) return {};
    levels[i] = static_cast<std::uint8_t>(x * 255 + Real{0.5});
    if (of_level(levels[i]) != x) return {};
  }
  return levels;
}

}  // namespace

StoredImage::StoredImage(Tensor pixels) : shape_(shape_of(pixels)), levels_(levels_of(pixels)) {
  if (levels_.empty()) pixels_ = std::move(pixels);
}

std::size_t StoredImage::bytes() const {
  return static_cast<std::size_t>(shape_.size()) * (levels_.empty() ? sizeof(Real) : 1);
}

void StoredImage::copy_part(Index top, Index left, View part) const {
  if (levels_.empty()) return adjoint::copy_part(view(pixels_), top, left, part);
  const Index row = part.shape[1] * shape_[2];
  for (Index y = 0; y < part.shape[0]; ++y) {
    const std::uint8_t* from = levels_.data() + ((top + y) * shape_[1] + left) * shape_[2];
    std::transform(from, from + row, part.data + y * row, of_level);
  }
}

ImageCache::ImagePtr ImageCache::get(Index number, const std::function<Tensor()>& decode) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(number); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->image;
    }
  }
  const auto image = std::make_shared<const StoredImage>(decode());
  const std::lock_guard lock(mutex_);
  keep(number, image);
  return image;
}

void ImageCache::keep(Index number, const ImagePtr& image) {
  if (places_.contains(number) || image->bytes() > capacity_) return;
  entries_.push_front({number, image});
  places_[number] = entries_.begin();
  bytes_ += image->bytes();
  while (bytes_ > capacity_) {
    bytes_ -= entries_.back().image->bytes();
    places_.erase(entries_.back().number);
    entries_.pop_back();
  }
}

}  // namespace adjoint
