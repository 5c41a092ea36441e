#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "datasets/loader.hpp"
#include "framework/graph/sharded_plan.hpp"
#include "framework/metrics/metric.hpp"

namespace adjoint {

/// The least and the largest of some values.
struct ValueRange {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(const ValueRange& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
};

/// Metrics of a model on a set of images: means over the images.
struct Evaluation {
  Index samples = 0;
  double loss = 0;              // of the numbers that the model sees (normalized), with penalties
  double psnr = 0;              // of the output against the target, in dB
  double input_psnr = 0;        // of the input likewise, enlarged if it is smaller
  std::vector<double> metrics;  // of the output against the target, as they were asked for
  ValueRange output, target;    // of all pixels
  double beyond = 0;            // share of the target's pixels that are out of the output's range
  double gray_psnr = 0;         // of the best single value for all pixels, in dB
};

/// Sums over the images of a batch.
struct Score {
  double loss = 0;  // penalties included
  double psnr = 0;  // in dB
};

/// Scores outputs image by image, on all threads; the sums go in the images' order.
class Scorer {
 public:
  /// Without a loss it scores batches of a training, whose loss is known: PSNR is all that is
  /// measured of them, and all that result() has.
  explicit Scorer(ThreadPool& pool, const Loss* loss = nullptr, std::vector<Metric> metrics = {});

  /// Adds a batch. The output, (N, ...), is that before `absorbed`, normalized as the batch is; it
  /// is left as images in [0, 1]. `known` is what running the model has told. Throws InputError if
  /// the outputs have not the shape of the targets.
  Score add(const Batch& batch, View output, const Activation& absorbed = {},
            const BatchLoss& known = {});
  Index samples() const { return samples_; }
  /// The means so far.
  Evaluation result() const;

 private:
  /// Distribution of values.
  struct Values {
    ValueRange output, target;
    std::array<std::int64_t, 256> targets{};  // pixels of each of 256 values
  };
  static void note(ConstView made, ConstView wanted, Values& values);

  ThreadPool& pool_;
  const Loss* loss_;
  std::vector<Metric> metrics_;
  std::vector<AlignedVector> scratch_;  // of each thread
  std::vector<double> figures_;         // of each image of the batch, as in sums_
  std::vector<double> sums_;            // loss, PSNR, PSNR of the input, metrics
  std::vector<Values> values_;          // of each thread: in whatever order, they come to the same
  Index samples_ = 0;
};

/// Runs a model forward over batches and scores what it makes.
class Evaluator {
 public:
  struct Options {
    Shape input;      // of one sample
    Index batch = 1;  // the largest
    std::vector<Metric> metrics = {};
    ConvolutionOptions convolution = {};
  };
  Evaluator(const Model& model, const Loss& loss, const Options& options, ThreadPool& pool);

  /// All of the loader's batches, from its start.
  Evaluation run(Loader& loader);
  const Plan& plan() const { return sharded_.plan(); }

 private:
  const Loss& loss_;
  std::vector<Metric> metrics_;
  ShardedPlan sharded_;
  Tensor output_;
};

}  // namespace adjoint
