#pragma once

#include "datasets/dataset.hpp"
#include "framework/conv/geometry.hpp"

namespace adjoint {

/// One-dimensional signals as images: each row is a trace like that of a heart, in time from left
/// to right. Beats of three waves (a low one, a sharp one that swings below, a broad one) come at a
/// period that wanders a little, on a baseline that drifts; then the whole is brought to [0, 1].
/// New ones in every epoch; a pure function of (seed, epoch, index).
class SignalDataset : public Dataset {
 public:
  SignalDataset(const Extent2& size, Index count, std::uint64_t seed)
      : size_(size), count_(count), seed_(seed) {}

  Index size() const override { return count_; }
  Shape shape() const override { return {size_.h, size_.w, 1}; }
  void read(Index index, std::uint32_t epoch, View sample) const override;

 private:
  Extent2 size_;
  Index count_;
  std::uint64_t seed_;
};

}  // namespace adjoint
