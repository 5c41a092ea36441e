#include "framework/tensor/shape.hpp"

#include <algorithm>
#include <limits>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// Largest number of elements whose size in bytes can be counted, whatever their type.
constexpr Index kMostElements = std::numeric_limits<Index>::max() / 8;

}  // namespace

Shape::Shape(std::initializer_list<Index> extents) {
  for (Index extent : extents) push_back(extent);
}

Index Shape::size() const {
  Index product = 1;
  bool empty = false;
  for (Index extent : *this) {
    empty = empty || extent == 0;
    if (extent == 0) continue;  // the others must have strides that can be counted, too
    if (__builtin_mul_overflow(product, extent, &product) || product > kMostElements)
      throw InputError("{} are more numbers than any memory holds", to_string(*this));
  }
  return empty ? 0 : product;
}

void Shape::push_back(Index extent) {
  // Lists of extents come from files of strangers, too.
  if (rank_ == kMaxRank) {
    throw InputError("a shape of more than {} axes, {}x{}...; expected at most {}", kMaxRank,
                     to_string(*this), extent, kMaxRank);
  }
  extents_[rank_++] = extent;
}

Shape Shape::batched(Index batch) const {
  Shape shape{batch};
  for (Index extent : *this) shape.push_back(extent);
  return shape;
}

Shape Shape::sample() const {
  Shape shape;
  for (int axis = 1; axis < rank_; ++axis) shape.push_back(extents_[axis]);
  return shape;
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::string to_string(const Shape& shape) {
  std::string text;
  for (Index extent : shape) {
    if (!text.empty()) text += 'x';
    text += extent == 0 ? "any" : std::to_string(extent);
  }
  return text;
}

}  // namespace adjoint
