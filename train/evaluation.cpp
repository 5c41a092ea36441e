#include "train/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/reconstruct_images.hpp"

namespace adjoint {
namespace {

constexpr int kBins = 256;  // around 0, 1/255, ... 1; what lies outside is in the first or last
constexpr double kLeastSquare = 1e-10;  // 100 dB, as PSNR has it at most

int bin_of(double value) {
  return static_cast<int>(std::clamp(value, 0.0, 1.0) * (kBins - 1) + 0.5);
}

}  // namespace

Scorer::Scorer(ThreadPool& pool, const Loss* loss, std::vector<Metric> metrics)
    : pool_(pool),
      loss_(loss),
      metrics_(std::move(metrics)),
      scratch_(static_cast<std::size_t>(pool.size())),
      sums_(3 + metrics_.size()),
      values_(static_cast<std::size_t>(pool.size())) {}

Score Scorer::add(const Batch& batch, View output, const Activation& absorbed,
                  const BatchLoss& known) {
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
  figures_.assign(static_cast<std::size_t>(count) * sums_.size(), 0.0);

  pool_.run(count, [&](Index i, int worker) {
    const View made = output.slice(i, 1);
    double* figure = figures_.data() + static_cast<std::size_t>(i) * sums_.size();
    if (loss_) {
      Real* const scratch = scratch_[static_cast<std::size_t>(worker)].data();
      figure[0] = loss_->evaluate({.prediction = made,
                                   .target = batch.target.slice(i, 1),
                                   .count = image.size(),
                                   .absorbed = absorbed.kind != Activation::Kind::linear,
                                   .scratch = {scratch, {scratch_size}}});
    }
    apply(absorbed, made, made);
    batch.undo_normalization(i, made);
    // Everything else is measured in images.
    const ConstView wanted = batch.target_image.slice(i, 1);
    figure[1] = psnr(made, wanted);
    if (!loss_) return;
    figure[2] = enlarged_psnr(batch.input_image.slice(i, 1), wanted);
    for (std::size_t m = 0; m < metrics_.size(); ++m)
      figure[3 + m] = metrics_[m].measure(made.reshaped(image), wanted.reshaped(image));
    note(made, wanted, values_[static_cast<std::size_t>(worker)]);
  });
  const double added = static_cast<double>(count) * (loss_ ? known.penalty : known.loss);
  Score score{.loss = added};
  for (std::size_t i = 0; i < figures_.size(); i += sums_.size()) {
    score.loss += figures_[i];
    score.psnr += figures_[i + 1];
    for (std::size_t f = 0; f < sums_.size(); ++f) sums_[f] += figures_[i + f];
  }
  sums_[0] += added;
  samples_ += count;
  return score;
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

Evaluation Scorer::result() const {
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

Evaluator::Evaluator(const Model& model, const Loss& loss, const Options& options, ThreadPool& pool)
    : loss_(loss),
      metrics_(options.metrics),
      sharded_(model,
               {.mode = Mode::inference,
                .input = options.input,
                .batch = options.batch,
                .loss = &loss,
                .convolution = options.convolution},
               pool),
      output_(make_tensor(sharded_.plan().output_shape().batched(options.batch))) {}

Evaluation Evaluator::run(Loader& loader) {
  Scorer scorer(sharded_.pool(), &loss_, metrics_);
  loader.start(0);
  while (const Batch* batch = loader.next()) {
    const View output = view(output_).slice(0, batch->count());
    const BatchLoss known = sharded_.run({.input = batch->input, .output = output});
    scorer.add(*batch, output, sharded_.plan().absorbed_activation(), known);
  }
  return scorer.result();
}

}  // namespace adjoint
