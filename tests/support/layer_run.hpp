#pragma once

#include <vector>

#include "framework/layers/layer.hpp"

namespace adjoint {

inline const PaddingRule kSamePadding{.kind = PaddingRule::Kind::same};

/// A layer with operands of its own, run as a plan would run it: in shards, over memory that is
/// full of NaN wherever the layer should write. Inputs and parameters start as random numbers.
class LayerRun {
 public:
  /// `shards` are counts of samples; empty means one shard of the whole batch.
  LayerRun(const Layer& layer, const LayerShapes& shapes, Index batch,
           std::vector<Index> shards = {});

  std::vector<Tensor> inputs;
  std::vector<Tensor> parameters;
  Mode mode = Mode::training;
  RandomKey random{.purpose = Purpose::dropout};

  /// The output for the present operands; statistics are collected first where the layer has any.
  const Tensor& forward();

  struct Gradients {
    std::vector<Tensor> inputs;
    std::vector<Tensor> parameters;  // of those that are trainable; the others' hold no elements
  };
  /// An operand whose gradient is not asked for; -1: none.
  struct Unasked {
    Index input = -1;
    Index parameter = -1;
  };
  /// The gradients after forward(). What nobody asked for comes back as it was: NaN.
  Gradients backward(const Tensor& output_gradient, const Unasked& unasked = {-1, -1});

  const std::vector<ParameterSpec>& specs() const { return specs_; }
  const std::vector<double>& statistics() const { return statistics_; }

 private:
  template <class Work>
  void for_each_shard(Work work);
  template <class Collect>
  std::vector<double> collect_sums(Collect collect);

  const Layer& layer_;
  std::vector<ParameterSpec> specs_;
  std::vector<Index> shards_;
  std::unique_ptr<Prepared> prepared_;
  Index statistics_count_;
  std::vector<double> statistics_;
  Tensor output_;
  const Packing* packing_;  // of the kernel
  Tensor packed_;
};

/// Distinct numbers in (-1.5, 1.5) in random order, none near 0: no ties for a maximum and no kink
/// of an activation within reach of a finite difference.
Tensor distinct_numbers(const Shape& shape, std::uint32_t index);

/// A tensor of that shape with these elements.
Tensor tensor_of(const Shape& shape, const std::vector<Real>& elements);

}  // namespace adjoint
