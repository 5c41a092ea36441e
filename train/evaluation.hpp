#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>

#include "datasets/loader.hpp"
#include "framework/graph/sharded_plan.hpp"
#include "framework/metrics/metric.hpp"
#include "inference/baselines/classical_filter.hpp"
#include "inference/images/log_likelihood.hpp"

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

/// What an evaluation measures beside loss and PSNR.
struct Measures {
  std::vector<Metric> metrics;
  /// Told the variance of the noise: the mean square of each input's difference from its target,
  /// which must be as large.
  std::vector<ClassicalFilter> filters = {};
};

/// Metrics of a model on a set of images: means over the images.
struct Evaluation {
  /// Whether there were references to compare with; without them, the loss of hidden pixels is all
  /// that is known, and everything below it is NaN or empty.
  bool has_reference = true;
  Index samples = 0;
  double loss = 0;              // of the numbers that the model sees (normalized), with penalties
  double psnr = 0;              // of the output against the target, in dB
  double input_psnr = 0;        // of the input likewise, enlarged if it is smaller
  std::vector<double> metrics;  // of the output against the target, as they were asked for
  ValueRange output, target;    // of all pixels
  double beyond = 0;            // share of the target's pixels that are out of the output's range
  double gray_psnr = 0;         // of the best single value for all pixels, in dB
  std::vector<double> filter_psnr;  // of what each classical filter makes of the input, in dB
  std::optional<LogLikelihood> log_likelihood = {};  // where it was asked for
};

/// Scores outputs image by image, on all threads. The sums go in the images' order within a shard
/// and along the shards' tree, so that they are the same at any number of ranks.
class Scorer {
 public:
  /// Without a loss it scores batches of a training, whose loss is known: PSNR is all that is
  /// measured of them.
  explicit Scorer(ThreadPool& pool, const Loss* loss = nullptr, Measures measures = {},
                  const Sharding& sharding = {});

  enum Figure : std::size_t { kLoss, kPsnr, kInputPsnr, kMetrics };
  /// Figures of a batch: of each of this rank's shards, which have `shard_size` samples each, sums
  /// of loss, PSNR, PSNR of the input, the metrics and the filters. The output, (N, ...), is that
  /// before `absorbed`, normalized as the batch is; it is left as images in [0, 1]. Throws
  /// InputError if the outputs have not the shape of the targets.
  std::span<double> measure(const Batch& batch, View output, const Activation& absorbed,
                            Index shard_size);
  /// Measures a batch and adds the figures; `penalty` is what the model adds to its loss.
  void add(const Batch& batch, View output, const Activation& absorbed, Index shard_size,
           double penalty = 0);
  /// Adds a batch of whole images, of this rank alone, `numbers` theirs among the images of all
  /// ranks: whoever adds which, they count in the order of their numbers.
  void add_images(const Batch& batch, View output, const Activation& absorbed,
                  std::span<const Index> numbers);
  /// Collective: the means so far, over all ranks.
  Evaluation result();

 private:
  /// Distribution of values.
  struct Values {
    ValueRange output, target;
    std::array<std::int64_t, 256> targets{};  // pixels of each of 256 values
    void add(const Values& other);
  };
  static void note(ConstView made, ConstView wanted, Values& values);
  Values all_values() const;
  Index add_single_images(std::span<double> sums);

  ThreadPool& pool_;
  const Loss* loss_;
  Measures measures_;
  Sharding sharding_;
  std::size_t figures_count_;
  std::vector<AlignedVector> scratch_;  // of each thread
  std::vector<double> figures_;         // of each image of the batch
  std::vector<double> batch_sums_;      // of each shard of the batch
  std::vector<double> sums_;            // of each shard of all batches
  std::vector<Index> numbers_;          // of the images that add_images() took, by this rank
  std::vector<double> images_;          // their figures, one image after the other
  std::vector<Values> values_;          // of each thread: in whatever order, they come to the same
  double penalties_ = 0;                // of all samples
  bool has_reference_ = true;           // as the last batch had
  Index samples_ = 0;                   // in the sums: of all ranks
};

/// Runs a model forward over batches and scores what it makes.
class Evaluator {
 public:
  struct Options {
    Shape input;      // of one sample
    Index batch = 1;  // the largest
    Measures measures = {};
    ConvolutionOptions convolution = {};
    Sharding sharding = {};
  };
  Evaluator(const Model& model, const Loss& loss, const Options& options, ThreadPool& pool);

  /// Collective: all of the loader's batches, from its start. It reads the samples that
  /// own_samples() tells, and shows each batch to `also`.
  Evaluation run(Loader& loader, const std::function<void(const Batch&)>& also = {});
  /// Positions in a batch of those that this rank runs.
  ShardRange own_samples() const { return sharded_.own_samples(batch_); }
  const Plan& plan() const { return sharded_.plan(); }

 private:
  const Loss& loss_;
  Measures measures_;
  ShardedPlan sharded_;
  Index batch_;  // the largest
  Tensor output_;
};

}  // namespace adjoint
