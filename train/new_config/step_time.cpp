#include "train/new_config/step_time.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "framework/graph/training_step.hpp"
#include "models/build_model.hpp"
#include "train/noisy_targets.hpp"

namespace adjoint {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Index kWarmingUp = 2, kLeast = 3, kMost = 200;
constexpr Index kImages = 4;
constexpr double kValidationShare = 0.4;  // of the time of a step: it goes forward alone

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The first images of a dataset, enough for a batch and not one alone.
DatasetPtr first_images(const DatasetPtr& data, Index batch_size) {
  const Index images = data->size() / data->group();
  const Index wanted = std::max(kImages, (batch_size + data->group() - 1) / data->group());
  std::vector<Index> groups(static_cast<std::size_t>(std::min(images, wanted)));
  std::iota(groups.begin(), groups.end(), Index{0});
  return std::make_shared<Subset>(data, std::move(groups));
}

}  // namespace

StepTimer::StepTimer(const Config& config, ThreadPool& pool)
    : pool_(pool),
      split_(open_split(config.data, static_cast<std::uint64_t>(config.seed), config.folder)),
      batch_size_(std::min(config.training.batch_size, split_.train->size())),
      loader_(first_images(split_.train, batch_size_), config.corruptions,
              {.batch_size = batch_size_,
               .seed = static_cast<std::uint64_t>(config.seed),
               .augmentation = config.augmentation,
               .target = config.training.target,
               .threads = pool.size()}) {
  loader_.start(0);
  batch_ = loader_.next();
}

StepTime StepTimer::measure(const Config& config, double seconds, double too_slow) {
  const auto seed = static_cast<std::uint64_t>(config.seed);
  Model model = build_model(config.model, seed);
  check_fits(config.model, model, loader_.input_shape(), loader_.target_shape());
  const std::unique_ptr<Loss> loss = loss_of_training(config);
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(config.optimizer);
  TrainingStep step(
      model, *loss, *optimizer,
      {.input = loader_.input_shape(),
       .batch = batch_size_,
       .seed = seed,
       .convolution = convolution_options(config.training),
       .average_momentum = config.optimizer.use_ema ? config.optimizer.ema_momentum : 0,
       .sharding = {.shards = config.training.shards}},
      pool_);
  std::vector<double> times;
  double sum = 0;
  for (Index i = 0; i < kMost && (static_cast<Index>(times.size()) < kLeast || sum < seconds);
       ++i) {
    const Clock::time_point start = Clock::now();
    step.run(batch_->input, batch_->target, {}, -1, batch_->mask);
    const double taken = seconds_since(start);
    const bool hopeless = i == 0 && taken >= too_slow;
    if (i < kWarmingUp && !hopeless) continue;
    times.push_back(taken);
    sum += taken;
    if (hopeless) break;
  }
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  const double median = times[times.size() / 2];
  const Index held_out = split_.validation ? split_.validation->size() : 0;
  const double validated = static_cast<double>(held_out) / static_cast<double>(batch_size_);
  const Index batches = (split_.train->size() + batch_size_ - 1) / batch_size_;
  return {.steps = static_cast<Index>(times.size()),
          .step = median,
          .batches = batches,
          .epoch = median * (static_cast<double>(batches) + kValidationShare * validated),
          .parameters = model.parameter_count()};
}

}  // namespace adjoint
