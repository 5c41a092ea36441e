#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace adjoint {

/// A signed extent or position, wide enough for any tensor.
using Index = std::int64_t;

/// The extents of a tensor, outermost axis first: (batch, height, width, channels) for images.
/// Holds at most kMaxRank axes and never allocates. Rank 0 stands for "no shape".
class Shape {
 public:
  static constexpr int kMaxRank = 5;

  Shape() = default;
  Shape(std::initializer_list<Index> extents);

  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  Index operator[](int axis) const { return extents_[axis < 0 ? axis + rank_ : axis]; }
  Index& operator[](int axis) { return extents_[axis < 0 ? axis + rank_ : axis]; }
  Index back() const { return (*this)[-1]; }
  const Index* begin() const { return extents_.data(); }
  const Index* end() const { return extents_.data() + rank_; }

  /// Number of elements; 1 for rank 0. Throws InputError if no memory could hold so many.
  Index size() const;

  /// Throws InputError beyond kMaxRank axes.
  void push_back(Index extent);
  /// This shape with one more axis in front: a sample becomes a batch of them.
  Shape batched(Index batch) const;
  /// This shape without its first axis: a batch becomes one sample.
  Shape sample() const;

  bool operator==(const Shape& other) const;

 private:
  std::array<Index, kMaxRank> extents_{};
  int rank_ = 0;
};

/// "28x28x1", as messages and tables print it; an extent of 0 prints as "any".
std::string to_string(const Shape& shape);

}  // namespace adjoint
