#include "train/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/metrics/errors.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/parallel/message.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/reconstruct_images.hpp"

namespace adjoint {
namespace {

constexpr int kBins = 256;  // around 0, 1/255, ... 1; what lies outside is in the first or last
constexpr double kLeastSquare = 1e-10;  // 100 dB, as PSNR has it at most

int bin_of(double value) {
  return static_cast<int>(std::clamp(value, 0.0, 1.0) * (kBins - 1) + 0.5);
}

double filtered_psnr(const ClassicalFilter& filter, ConstView input, ConstView wanted) {
  Tensor result = make_tensor(wanted.shape);
  const Shape image = wanted.shape.sample();
  apply(filter, input.reshaped(image), mean_squared_error(input, wanted),
        view(result).reshaped(image));
  return psnr(view(result), wanted);
}

}  // namespace

Scorer::Scorer(ThreadPool& pool, const Loss* loss, Measures measures, const Sharding& sharding)
    : pool_(pool),
      loss_(loss),
      measures_(std::move(measures)),
      sharding_(sharding),
      figures_count_(kMetrics + measures_.metrics.size() + measures_.filters.size()),
      scratch_(static_cast<std::size_t>(pool.size())),
      batch_sums_(figures_count_ * static_cast<std::size_t>(sharding.own().size())),
      sums_(batch_sums_.size()),
      values_(static_cast<std::size_t>(pool.size())) {}

std::span<double> Scorer::measure(const Batch& batch, View output, const Activation& absorbed,
                                  Index shard_size) {
  const Index count = output.shape[0];
  const Shape image = output.shape.sample();
  if (!(batch.target.shape == output.shape)) {
    throw InputError("the model makes {} of an input of {}, and its target is {}", to_string(image),
                     to_string(batch.input_image.shape.sample()),
                     to_string(batch.target.shape.sample()));
  }
  const Index scratch_size = loss_ ? loss_->scratch_size(image.batched(1)) : 0;
  for (AlignedVector& scratch : scratch_)
    scratch.resize(std::max(scratch.size(), static_cast<std::size_t>(scratch_size)));
  has_reference_ = batch.has_reference;
  figures_.assign(static_cast<std::size_t>(count) * figures_count_, 0.0);

  pool_.run(count, [&](Index i, int worker) {
    const View made = output.slice(i, 1);
    double* figure = figures_.data() + static_cast<std::size_t>(i) * figures_count_;
    if (loss_) {
      Real* const scratch = scratch_[static_cast<std::size_t>(worker)].data();
      figure[kLoss] = loss_->evaluate({.prediction = made,
                                       .target = batch.target.slice(i, 1),
                                       .mask = batch.mask ? batch.mask.slice(i, 1) : ConstView{},
                                       .count = image.size(),
                                       .absorbed = absorbed.kind != Activation::Kind::linear,
                                       .scratch = {scratch, {scratch_size}}});
    }
    apply(absorbed, made, made);
    batch.undo_normalization(i, made);
    if (!batch.has_reference) return;
    // Everything else is measured in images.
    const ConstView wanted = batch.target_image.slice(i, 1);
    figure[kPsnr] = psnr(made, wanted);
    if (!loss_) return;
    figure[kInputPsnr] = enlarged_psnr(batch.input_image.slice(i, 1), wanted);
    double* more = figure + kMetrics;
    for (const Metric& metric : measures_.metrics)
      *more++ = metric.measure(made.reshaped(image), wanted.reshaped(image));
    for (const ClassicalFilter& filter : measures_.filters)
      *more++ = filtered_psnr(filter, batch.input_image.slice(i, 1), wanted);
    note(made, wanted, values_[static_cast<std::size_t>(worker)]);
  });
  std::ranges::fill(batch_sums_, 0.0);
  for (Index i = 0; i < count; ++i) {
    double* const sums =
        batch_sums_.data() + static_cast<std::size_t>(i / shard_size) * figures_count_;
    for (std::size_t f = 0; f < figures_count_; ++f)
      sums[f] += figures_[static_cast<std::size_t>(i) * figures_count_ + f];
  }
  return batch_sums_;
}

void Scorer::add(const Batch& batch, View output, const Activation& absorbed, Index shard_size,
                 double penalty) {
  const std::span<const double> found = measure(batch, output, absorbed, shard_size);
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += found[i];
  penalties_ += static_cast<double>(batch.total) * penalty;
  samples_ += batch.total;
}

void Scorer::add_images(const Batch& batch, View output, const Activation& absorbed,
                        std::span<const Index> numbers) {
  measure(batch, output, absorbed, /*shard_size=*/output.shape[0]);
  numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
  images_.insert(images_.end(), figures_.begin(), figures_.end());
}

/// Collective. Adds the figures of single images to sums, and returns how many they are.
Index Scorer::add_single_images(std::span<double> sums) {
  const std::vector<Index> numbers = gather_values(*sharding_.ranks, numbers_);
  const std::vector<double> figures = gather_values(*sharding_.ranks, images_);
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return numbers[i]; });
  for (const std::size_t i : order) {
    for (std::size_t f = 0; f < figures_count_; ++f) sums[f] += figures[i * figures_count_ + f];
  }
  return static_cast<Index>(numbers.size());
}

void Scorer::Values::add(const Values& other) {
  output.add(other.output);
  target.add(other.target);
  for (std::size_t b = 0; b < targets.size(); ++b) targets[b] += other.targets[b];
}

/// Of all threads and ranks.
Scorer::Values Scorer::all_values() const {
  Values own;
  for (const Values& part : values_) own.add(part);
  std::vector<Values> parts(static_cast<std::size_t>(sharding_.ranks->size()));
  parts[static_cast<std::size_t>(sharding_.ranks->rank())] = own;
  std::vector<Index> ends(parts.size());
  std::iota(ends.begin(), ends.end(), Index{1});
  gather_all(*sharding_.ranks, std::span(parts), ends);
  Values all;
  for (const Values& part : parts) all.add(part);
  return all;
}

void Scorer::note(ConstView made, ConstView wanted, Values& values) {
  for (const Real value : made.flat()) {
    const auto x = static_cast<double>(value);
    values.output.add({x, x});
  }
  for (const Real value : wanted.flat()) {
    const auto x = static_cast<double>(value);
    values.target.add({x, x});
    if (std::isfinite(x)) ++values.targets[static_cast<std::size_t>(bin_of(x))];
  }
}

Evaluation Scorer::result() {
  std::vector<double> parts = sums_;
  ShardSums sums(sharding_, static_cast<Index>(figures_count_));
  const std::span<const double> found = sums.sum(parts);
  std::vector<double> means(found.begin(), found.end());
  means[kLoss] += penalties_;
  const Index samples = samples_ + add_single_images(means);
  for (double& mean : means) mean /= static_cast<double>(std::max<Index>(samples, 1));
  const Values all = all_values();
  if (!has_reference_) {
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    return {.has_reference = false,
            .samples = samples,
            .loss = means[kLoss],
            .psnr = kUnknown,
            .input_psnr = kUnknown,
            .metrics = std::vector<double>(measures_.metrics.size(), kUnknown),
            .gray_psnr = kUnknown,
            .filter_psnr = std::vector<double>(measures_.filters.size(), kUnknown)};
  }
  std::int64_t beyond = 0, sum = 0;
  double mean = 0, squares = 0;
  for (int b = 0; b < kBins; ++b) {
    const double value = static_cast<double>(b) / (kBins - 1);
    const std::int64_t pixels = all.targets[static_cast<std::size_t>(b)];
    sum += pixels;
    mean += value * static_cast<double>(pixels);
    squares += value * value * static_cast<double>(pixels);
    if (b < bin_of(all.output.low) || b > bin_of(all.output.high)) beyond += pixels;
  }
  const double pixels = static_cast<double>(std::max<std::int64_t>(sum, 1));
  mean /= pixels;
  const double variance = squares / pixels - mean * mean;
  const auto filters =
      means.begin() + static_cast<std::ptrdiff_t>(kMetrics + measures_.metrics.size());
  return {.samples = samples,
          .loss = means[kLoss],
          .psnr = means[kPsnr],
          .input_psnr = means[kInputPsnr],
          .metrics = {means.begin() + kMetrics, filters},
          .output = all.output,
          .target = all.target,
          .beyond = static_cast<double>(beyond) / pixels,
          .gray_psnr = -10 * std::log10(std::max(variance, kLeastSquare)),
          .filter_psnr = {filters, means.end()}};
}

Evaluator::Evaluator(const Model& model, const Loss& loss, const Options& options, ThreadPool& pool)
    : loss_(loss),
      measures_(options.measures),
      sharded_(model,
               {.mode = Mode::inference,
                .input = options.input,
                .batch = options.batch,
                .loss = &loss,
                .convolution = options.convolution},
               pool, options.sharding),
      batch_(options.batch),
      output_(make_tensor(sharded_.plan().output_shape().batched(own_samples().size()))) {}

Evaluation Evaluator::run(Loader& loader, const std::function<void(const Batch&)>& also) {
  Scorer scorer(sharded_.pool(), &loss_, measures_, sharded_.sharding());
  loader.start(0);
  while (const Batch* batch = loader.next()) {
    const View output = view(output_).slice(0, batch->count());
    const BatchLoss known =
        sharded_.run({.input = batch->input, .output = output, .count = batch->total});
    scorer.add(*batch, output, sharded_.plan().absorbed_activation(), sharded_.shard_size(),
               known.penalty);
    if (also) also(*batch);
  }
  return scorer.result();
}

}  // namespace adjoint
