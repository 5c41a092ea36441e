#include "models/onnx/onnx_orders.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

[[noreturn]] void refuse_order() {
  throw InputError(
      "it takes numbers in the order (channels, height, width), or shuffles them, where no kernel "
      "before it can be turned to give them so");
}

}  // namespace

int OnnxOrders::add(bool is_decided, std::vector<Index> order) {
  const auto id = static_cast<int>(entries_.size());
  entries_.push_back({id, is_decided, std::move(order)});
  return id;
}

int OnnxOrders::undecided() {
  return add(false, {});
}
int OnnxOrders::same() {
  return add(true, {});
}
int OnnxOrders::decided(std::vector<Index> order) {
  return add(true, std::move(order));
}

std::size_t OnnxOrders::find(int id) const {
  auto at = static_cast<std::size_t>(id);
  while (entries_[at].parent != static_cast<int>(at))
    at = static_cast<std::size_t>(entries_[at].parent);
  return at;
}

void OnnxOrders::settle_same(int id) {
  Entry& entry = entries_[find(id)];
  if (!entry.order.empty()) refuse_order();
  entry.is_decided = true;
}

void OnnxOrders::settle(int id, Index size, const Order& order) {
  Entry& entry = entries_[find(id)];
  if (entry.is_decided) {
    for (Index i = 0; i < size; ++i) {
      const bool fits = entry.order.empty() ? order(i) == i
                                            : order(i) == entry.order[static_cast<std::size_t>(i)];
      if (!fits) refuse_order();
    }
    return;
  }
  entry.is_decided = true;
  bool is_same = true;
  for (Index i = 0; i < size; ++i) {
    entry.order.push_back(order(i));
    is_same = is_same && entry.order.back() == i;
  }
  if (is_same) entry.order.clear();
}

void OnnxOrders::unify(int a, int b) {
  const std::size_t one = find(a), other = find(b);
  if (one == other) return;
  if (entries_[one].is_decided && entries_[other].is_decided &&
      entries_[one].order != entries_[other].order)
    refuse_order();
  const bool keep_one = entries_[one].is_decided;
  entries_[keep_one ? other : one].parent = static_cast<int>(keep_one ? one : other);
}

}  // namespace adjoint
