#pragma once

#include <algorithm>

#include "datasets/dataset.hpp"

namespace adjoint {

/// Sample i is 2 x 3 pixels of the value i; with an epoch to see, i + 1000 epoch.
class CountingDataset : public Dataset {
 public:
  explicit CountingDataset(Index size, Index group = 1, bool sees_epoch = false)
      : size_(size), group_(group), sees_epoch_(sees_epoch) {}

  Index size() const override { return size_; }
  Shape shape() const override { return {2, 3, 1}; }
  Index group() const override { return group_; }
  void read(Index index, std::uint32_t epoch, View sample) const override {
    const Index value = index + (sees_epoch_ ? 1000 * (epoch % 1000) : 0);
    std::fill(sample.flat().begin(), sample.flat().end(), static_cast<Real>(value));
  }

 private:
  Index size_;
  Index group_;
  bool sees_epoch_;
};

}  // namespace adjoint
