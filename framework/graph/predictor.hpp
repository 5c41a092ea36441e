#pragma once

#include "framework/graph/sharded_plan.hpp"

namespace adjoint {

/// Runs a model, or a part of it, forward: a model in training, say. One that stays as it is runs
/// faster as inference_model() makes it.
///
///     ThreadPool pool;
///     Predictor predictor(model, {.input = {28, 28, 1}, .batch = 64}, pool);
///     Tensor output = predictor(view(images));
class Predictor {
 public:
  struct Options {
    /// Shape of one sample of the model's input, without any 0; empty means the model's own.
    Shape input = {};
    /// The largest batch that is run at once.
    Index batch = 32;
    /// Node whose output is given instead of the model's input; -1: none.
    Index from = 0;
    /// Node whose output is wanted; -1: the model's.
    Index to = -1;
    ConvolutionOptions convolution = {};
  };
  Predictor(const Model& model, const Options& options, ThreadPool& pool);
  /// Bytes of activations that such a predictor holds at most, on any number of threads, without
  /// making it. Scratch memory of threads that share an image is not counted.
  static std::size_t memory(const Model& model, const Options& options);

  /// (N, ...) -> (N, ...), any N: runs batch after batch. Throws InputError if the shape does not
  /// fit.
  Tensor operator()(ConstView input);
  /// Runs into memory of the caller's.
  void run(ConstView input, View output);

  Shape input_shape() const { return sharded_.plan().input_shape(); }
  Shape output_shape() const { return sharded_.plan().output_shape(); }

 private:
  Index batch_;
  ShardedPlan sharded_;
};

}  // namespace adjoint
