#include "inference/images/log_likelihood.hpp"

#include <algorithm>
#include <cmath>

#include "framework/graph/predictor.hpp"
#include "framework/parallel/message.hpp"
#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"
#include "inference/images/generation.hpp"

namespace adjoint {
namespace {

/// log of the mean of exp(x), of numbers whose exponentials are out of range.
class LogMeanExp {
 public:
  void add(double x) {
    if (x > largest_) {
      sum_ *= std::exp(largest_ - x);
      largest_ = x;
    }
    sum_ += std::exp(x - largest_);
    ++count_;
  }
  double value() const { return largest_ + std::log(sum_ / static_cast<double>(count_)); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity(), sum_ = 0;
  Index count_ = 0;
};

/// Mean and its standard error.
class Mean {
 public:
  // Welford's update: the squares lose no digits where all values are far from 0.
  void add(double x) {
    const double before = x - mean_;
    mean_ += before / static_cast<double>(++count_);
    squares_ += before * (x - mean_);
  }
  double value() const { return count_ > 0 ? mean_ : LogLikelihood::kUnknown; }
  double error() const {
    const auto n = static_cast<double>(count_);
    return count_ > 1 ? std::sqrt(squares_ / (n - 1) / n) : LogLikelihood::kUnknown;
  }

 private:
  double mean_ = 0, squares_ = 0;
  Index count_ = 0;
};

/// Draws a code from q, and returns log p(z) - log q(z|x), of which the constants cancel.
double draw_code(Random& random, const Tensor& mean, const Tensor& log_variance, View code) {
  double twice = 0;
  for (Index i = 0; i < code.size(); ++i) {
    const double noise = random.normal(), v = log_variance.data()[i];
    const double z = mean.data()[i] + std::exp(v / 2) * noise;
    code[i] = static_cast<Real>(z);
    twice += noise * noise + v - z * z;
  }
  return twice / 2;
}

void check(const ImageModel& model, const Loss& loss) {
  const Index latent = variational_latent(model.model());
  const std::vector<Node>& nodes = model.model().nodes();
  for (Index i = 1; i < static_cast<Index>(nodes.size()); ++i) {
    if (i == latent || nodes[i].layer->type() != "Sampling") continue;
    throw InputError(
        "log p(x) is estimated for models that draw one code; this one has two Sampling layers, "
        "\"{}\" and \"{}\"",
        nodes[i].name, nodes[latent].name);
  }
  if (nodes[latent].activation.kind != Activation::Kind::linear) {
    throw InputError(
        "log p(x) is estimated for codes of a normal distribution; layer \"{}\" has an activation "
        "function that changes its codes",
        nodes[latent].name);
  }
  if (loss.name() != "binary_crossentropy") {
    throw InputError(
        "log p(x) needs a likelihood of the pixels: expected loss.kind = \"binary_crossentropy\" "
        "(Bernoulli pixels), got \"{}\", which names none (for mse, a Gaussian, the variance is "
        "not known); train the model with that loss, or leave the estimate out",
        loss.name());
  }
  if (model.normalization().any()) {
    throw InputError(
        "log p(x) needs pixels in [0, 1], the values of a Bernoulli likelihood, and this model "
        "normalizes them; train it without data.normalization, or leave the estimate out");
  }
}

}  // namespace

struct LogLikelihoodEstimator::Parts {
  Parts(const Model& model, const Shape& input, Index batch, const Loss& loss, ThreadPool& pool)
      : input(input),
        mean(model, encoder(model, input, 0), pool),
        log_variance(model, encoder(model, input, 1), pool),
        decoder(model, {.input = input, .batch = batch, .from = model.latent(), .loss = &loss},
                pool),
        codes(make_tensor(decoder.plan().input_shape().batched(batch))),
        outputs(make_tensor(decoder.plan().output_shape().batched(batch))),
        log_weights(static_cast<std::size_t>(batch)),
        scratch(static_cast<std::size_t>(pool.size())) {
    const Index size = loss.scratch_size(decoder.plan().output_shape().batched(1));
    for (AlignedVector& one : scratch) one.resize(static_cast<std::size_t>(size));
  }
  static Predictor::Options encoder(const Model& model, const Shape& input, std::size_t side) {
    return {.input = input, .batch = 1, .to = model.nodes()[model.latent()].inputs[side]};
  }

  Shape input;
  Predictor mean, log_variance;
  ShardedPlan decoder;
  Tensor codes, outputs;               // of a batch of samples
  std::vector<double> log_weights;     // likewise
  std::vector<AlignedVector> scratch;  // of the loss, of each thread
};

LogLikelihoodEstimator::LogLikelihoodEstimator(const ImageModel& model, const Loss& loss,
                                               Index samples, ThreadPool& pool)
    : model_(model), loss_(loss), samples_(samples), pool_(pool) {
  check(model, loss);
}

LogLikelihoodEstimator::~LogLikelihoodEstimator() = default;

void LogLikelihoodEstimator::add(ConstView input, ConstView target, Index number) {
  const Shape shape = input.shape.sample();
  if (!parts_ || !(parts_->input == shape)) {
    parts_.reset();  // its memory first
    const Index batch = std::min(samples_, ImageModel::usual_batch(shape));
    parts_ = std::make_unique<Parts>(model_.model(), shape, batch, loss_, pool_);
  }
  Parts& parts = *parts_;
  const Plan& decoder = parts.decoder.plan();
  const Shape made = decoder.output_shape();
  if (!(made == target.shape.sample())) {
    throw InputError(
        "log p(x) is that of whole images: the model makes {} of an input of {}, and x is {}; cut "
        "the images to a size that the model keeps",
        to_string(made), to_string(shape), to_string(target.shape.sample()));
  }
  const Tensor mean = parts.mean(input), log_variance = parts.log_variance(input);
  Random random({.seed = static_cast<std::uint64_t>(model_.trained().seed),
                 .purpose = Purpose::importance_samples,
                 .index = static_cast<std::uint32_t>(number)});
  const Index batch = shape_of(parts.codes)[0];
  LogMeanExp weights;
  double sum = 0;
  for (Index first = 0; first < samples_; first += batch) {
    const Index count = std::min(batch, samples_ - first);
    const View codes = view(parts.codes).slice(0, count);
    const View outputs = view(parts.outputs).slice(0, count);
    for (Index k = 0; k < count; ++k)
      parts.log_weights[k] = draw_code(random, mean, log_variance, codes.slice(k, 1));
    parts.decoder.run({.input = codes, .output = outputs});
    pool_.run(count, [&](Index k, int worker) {
      AlignedVector& scratch = parts.scratch[static_cast<std::size_t>(worker)];
      const double nats = loss_.evaluate(
          {.prediction = outputs.slice(k, 1),
           .target = target,
           .count = 1,  // a sum over the pixels, not their mean
           .absorbed = decoder.absorbed_activation().kind != Activation::Kind::linear,
           .scratch = {scratch.data(), {static_cast<Index>(scratch.size())}}});
      parts.log_weights[k] -= nats;
    });
    for (Index k = 0; k < count; ++k) {
      weights.add(parts.log_weights[k]);
      sum += parts.log_weights[k];
    }
  }
  estimates_.push_back({number, weights.value(), sum / static_cast<double>(samples_)});
}

LogLikelihood LogLikelihoodEstimator::result(Ranks& ranks) const {
  std::vector<Estimate> all = gather_values(ranks, estimates_);
  std::ranges::sort(all, {}, &Estimate::image);
  Mean log_p, elbo;
  for (const Estimate& one : all) {
    log_p.add(one.log_p);
    elbo.add(one.elbo);
  }
  return {.images = static_cast<Index>(all.size()),
          .samples = samples_,
          .log_p = log_p.value(),
          .log_p_error = log_p.error(),
          .elbo = elbo.value(),
          .elbo_error = elbo.error()};
}

}  // namespace adjoint
