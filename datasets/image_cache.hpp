#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// An image in memory: a byte a number where that loses nothing, as with most files, else floats.
class StoredImage {
 public:
  explicit StoredImage(Tensor pixels);

  /// (height, width, channels)
  const Shape& shape() const { return shape_; }
  std::size_t bytes() const;
  /// The height x width pixels below and to the right of (top, left), into `part`, bit for bit as
  /// they were given.
  void copy_part(Index top, Index left, View part) const;

 private:
  Shape shape_;
  std::vector<std::uint8_t> levels_;  // of 255
  Tensor pixels_;                     // where levels would lose something
};

/// Decoded images by number, the ones used last, up to so many bytes. Any number of threads.
class ImageCache {
 public:
  explicit ImageCache(std::size_t capacity) : capacity_(capacity) {}

  using ImagePtr = std::shared_ptr<const StoredImage>;
  /// The image of that number; decode() makes it if it is not kept. Decodes without a lock, so that
  /// two threads may decode one image.
  ImagePtr get(Index number, const std::function<Tensor()>& decode);

 private:
  struct Entry {
    Index number;
    ImagePtr image;
  };
  void keep(Index number, const ImagePtr& image);

  std::size_t capacity_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // the one used last in front
  std::unordered_map<Index, std::list<Entry>::iterator> places_;
};

}  // namespace adjoint
