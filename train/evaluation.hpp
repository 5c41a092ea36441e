#pragma once

#include "datasets/loader.hpp"
#include "framework/graph/sharded_plan.hpp"

namespace adjoint {

/// How well a model does on a set of images.
struct Evaluation {
  Index samples = 0;
  double loss = 0;        // mean over all elements
  double psnr = 0;        // of the output against the target, mean over images, in dB
  double input_psnr = 0;  // of the input against the target, likewise
};

/// Runs a model forward over batches and measures.
class Evaluator {
 public:
  /// `sample` is the shape of one image, `batch` the largest batch.
  Evaluator(const Model& model, const Loss& loss, const Shape& sample, Index batch,
            ThreadPool& pool);

  /// All of the loader's batches, from its start.
  Evaluation run(Loader& loader);

 private:
  const Loss& loss_;
  ShardedPlan sharded_;
  Tensor output_;
};

}  // namespace adjoint
