#pragma once

// The one place that includes xtensor's containers: later releases moved their headers.

#include <span>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>

#include "framework/tensor/shape.hpp"

namespace adjoint {

#ifdef ADJOINT_DOUBLE
/// The element type of every tensor; double in the build that checks gradients.
using Real = double;
#else
/// The element type of every tensor; double in the build that checks gradients.
using Real = float;
#endif

/// An owning tensor, row-major; images are (batch, height, width, channels).
using Tensor = xt::xarray<Real, xt::layout_type::row_major>;

/// A row-major tensor whose memory belongs to somebody else: a Tensor or a plan's arena.
template <class T>
struct BasicView {
  T* data = nullptr;
  Shape shape;

  BasicView() = default;
  BasicView(T* data, const Shape& shape) : data(data), shape(shape) {}
  // Implicit: whatever may be written may be read.
  template <class U>
  requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>) BasicView(const BasicView<U>& other)
      : data(other.data), shape(other.shape) {}

  explicit operator bool() const { return data != nullptr; }
  Index size() const { return data ? shape.size() : 0; }
  T& operator[](Index i) const { return data[i]; }
  std::span<T> flat() const { return {data, static_cast<std::size_t>(size())}; }

  /// Samples first ... first + count - 1 of a batch.
  BasicView slice(Index first, Index count) const {
    Shape part = shape;
    part[0] = count;
    return {data + first * shape.sample().size(), part};
  }
  /// The same elements under another shape of the same size.
  BasicView reshaped(const Shape& other) const { return {data, other}; }
};

using View = BasicView<Real>;
using ConstView = BasicView<const Real>;

Shape shape_of(const Tensor& tensor);
View view(Tensor& tensor);
ConstView view(const Tensor& tensor);
/// A view must not outlive its tensor.
ConstView view(const Tensor&& tensor) = delete;

/// An uninitialised tensor.
Tensor make_tensor(const Shape& shape);
Tensor make_tensor(const Shape& shape, Real value);
/// A tensor with the elements that a view shows.
Tensor copy_of(ConstView view);

/// A view as an xtensor expression, for everything that xtensor does.
template <class T>
auto as_xtensor(const BasicView<T>& v) {
  return xt::adapt(v.data, static_cast<std::size_t>(v.shape.size()), xt::no_ownership(),
                   std::vector<std::size_t>(v.shape.begin(), v.shape.end()));
}

}  // namespace adjoint
