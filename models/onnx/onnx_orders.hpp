#pragma once

#include <functional>
#include <vector>

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// The orders in which the numbers along the last axis of our values stand, against the file's.
/// Kernels are turned to fit: the outputs of a Dense may come in any order, so that a vector can
/// become an image without a transpose. An order is not decided until something needs a certain
/// one.
class OnnxOrders {
 public:
  /// Which of the file's numbers stands at our place i.
  using Order = std::function<Index(Index)>;

  int undecided();
  int same();  // as in the file
  int decided(std::vector<Index> order);

  /// Makes it the file's order, or `order` over `size` numbers. Throws InputError if it is another
  /// one already.
  void settle_same(int id);
  void settle(int id, Index size, const Order& order);
  /// Makes two the same. Throws InputError if they differ.
  void unify(int a, int b);

  /// The order; empty if it is the file's. What nobody decided is that.
  const std::vector<Index>& order(int id) const { return entries_[find(id)].order; }

 private:
  struct Entry {
    int parent;  // itself, or one that it was made the same as
    bool is_decided;
    std::vector<Index> order;
  };
  int add(bool is_decided, std::vector<Index> order);
  std::size_t find(int id) const;

  std::vector<Entry> entries_;
};

}  // namespace adjoint
