#include "train/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/image_ops.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr int kBins = 256;  // around 0, 1/255, ... 1; what lies outside is in the first or last
constexpr double kLeastSquare = 1e-10;  // 100 dB, as PSNR has it at most

int bin_of(double value) {
  return static_cast<int>(std::clamp(value, 0.0, 1.0) * (kBins - 1) + 0.5);
}

}  // namespace

double enlarged_psnr(ConstView images, ConstView references) {
  if (images.shape == references.shape) return mean_psnr(images, references);
  const Tensor large =
      resized_batch(images, references.shape[1], references.shape[2], Filter::cubic);
  return mean_psnr(view(large), references);
}

Measurement::Measurement(const Loss& loss, std::vector<Metric> metrics, ThreadPool& pool)
    : loss_(loss),
      metrics_(std::move(metrics)),
      pool_(pool),
      scratch_(static_cast<std::size_t>(pool.size())),
      sums_(3 + metrics_.size()),
      values_(static_cast<std::size_t>(pool.size())) {}

void Measurement::add(const Batch& batch, View output, const Activation& absorbed,
                      double penalties) {
  const Index count = output.shape[0];
  const Shape image = output.shape.sample();
  if (!(batch.target.shape == output.shape)) {
    throw InputError("the model makes {} of an input of {}, and its target is {}", to_string(image),
                     to_string(batch.input.shape.sample()), to_string(batch.target.shape.sample()));
  }
  const auto scratch_size = static_cast<std::size_t>(loss_.scratch_size(image.batched(1)));
  for (AlignedVector& scratch : scratch_) scratch.resize(std::max(scratch.size(), scratch_size));
  figures_.resize(static_cast<std::size_t>(count) * sums_.size());

  pool_.run(count, [&](Index i, int worker) {
    const View made = output.slice(i, 1);
    const ConstView target = batch.target.slice(i, 1);
    AlignedVector& scratch = scratch_[static_cast<std::size_t>(worker)];
    double* figure = figures_.data() + static_cast<std::size_t>(i) * sums_.size();
    *figure++ = loss_.evaluate({.prediction = made,
                                .target = target,
                                .count = image.size(),
                                .absorbed = absorbed.kind != Activation::Kind::linear,
                                .scratch = {scratch.data(), {static_cast<Index>(scratch.size())}}});
    apply(absorbed, made, made);
    // Everything else is measured in images.
    if (batch.normalization) batch.normalization->undo(batch.contrasts[i], made);
    Tensor rooms[2];
    const ConstView wanted = batch.image(i, target, rooms[0]);
    const ConstView seen = batch.image(i, batch.input.slice(i, 1), rooms[1]);
    note(made, wanted, values_[static_cast<std::size_t>(worker)]);
    *figure++ = psnr(made, wanted);
    *figure++ = enlarged_psnr(seen, wanted);
    for (const Metric& metric : metrics_) {
      *figure++ = metric.measure(made.reshaped(image), wanted.reshaped(image));
    }
  });
  for (std::size_t i = 0; i < figures_.size(); ++i) sums_[i % sums_.size()] += figures_[i];
  sums_[0] += static_cast<double>(count) * penalties;
  samples_ += count;
}

void Measurement::note(ConstView made, ConstView wanted, Values& values) {
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

Evaluation Measurement::result() const {
  std::vector<double> means = sums_;
  for (double& mean : means) mean /= static_cast<double>(std::max<Index>(samples_, 1));
  Values all;
  for (const Values& part : values_) {
    all.output.add(part.output);
    all.target.add(part.target);
    for (std::size_t b = 0; b < all.targets.size(); ++b) all.targets[b] += part.targets[b];
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
  return {.samples = samples_,
          .loss = means[0],
          .psnr = means[1],
          .input_psnr = means[2],
          .metrics = {means.begin() + 3, means.end()},
          .output = all.output,
          .target = all.target,
          .beyond = static_cast<double>(beyond) / pixels,
          .gray_psnr = -10 * std::log10(std::max(variance, kLeastSquare))};
}

Evaluator::Evaluator(const Model& model, const Loss& loss, std::vector<Metric> metrics,
                     const Shape& sample, Index batch, ThreadPool& pool)
    : loss_(loss),
      metrics_(std::move(metrics)),
      sharded_(model, {.mode = Mode::inference, .input = sample, .batch = batch, .loss = &loss},
               pool),
      output_(make_tensor(sharded_.plan().output_shape().batched(batch))) {}

Evaluation Evaluator::run(Loader& loader) {
  Measurement measurement(loss_, metrics_, sharded_.pool());
  loader.start(0);
  while (const Batch* batch = loader.next()) {
    const View output = view(output_).slice(0, batch->count());
    const double penalties = sharded_.run({.input = batch->input, .output = output});
    measurement.add(*batch, output, sharded_.plan().absorbed_activation(), penalties);
  }
  return measurement.result();
}

}  // namespace adjoint
