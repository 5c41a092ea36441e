#pragma once

#include <new>
#include <vector>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Bytes to which buffers are aligned: a cache line, and the widest vector register.
inline constexpr std::size_t kAlignment = 64;

/// A size in elements, rounded up so that what follows it is aligned, too.
constexpr Index aligned(Index size) {
  constexpr Index kElements = kAlignment / sizeof(Real);
  return (size + kElements - 1) / kElements * kElements;
}

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t(kAlignment)));
  }
  void deallocate(T* memory, std::size_t) {
    ::operator delete(memory, std::align_val_t(kAlignment));
  }
  template <class U>
  bool operator==(const AlignedAllocator<U>&) const {
    return true;
  }
};

/// Memory for the operands of products.
using AlignedVector = std::vector<Real, AlignedAllocator<Real>>;

}  // namespace adjoint
