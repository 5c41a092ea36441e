#include "train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>

#include "datasets/folder.hpp"
#include "datasets/image_file.hpp"
#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/learn_normalization.hpp"
#include "framework/graph/predictor.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/keras_config.hpp"
#include "train/history.hpp"

namespace adjoint {
namespace {

constexpr int kMostLoaderThreads = 8;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t seed_of(const Config& config) {
  return static_cast<std::uint64_t>(config.seed);
}

/// As many as train: those sleep while they wait for images, and the loader's while they are ahead.
int loader_threads(const ThreadPool& pool) {
  return std::min(pool.size(), kMostLoaderThreads);
}

Model checked_model(const Config& config, const Loader& loader) {
  Model model = build_model(config.model, seed_of(config));
  check_fits(config.model, model, loader.input_shape(), loader.target_shape());
  return model;
}

/// Two resolved configs apart from what may change when a training goes on: how long it should
/// take, with how much memory.
std::string without_effort(Config config) {
  config.name.clear();
  if (!config.optimizer.schedule.depends_on_epochs())
    config.training.epochs = TrainingSettings{}.epochs;
  config.training.patience = 0;
  config.training.checkpoint_steps = 0;
  config.training.samples = 0;
  config.data.cache_mb = 0;
  config.detection = {};
  return write_config(config);
}

/// The first line that differs, for a message.
std::pair<std::string, std::string> first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  std::string x, y;
  while (true) {
    const bool more_x = static_cast<bool>(std::getline(left, x));
    const bool more_y = static_cast<bool>(std::getline(right, y));
    if (!more_x) x = "(nothing)";
    if (!more_y) y = "(nothing)";
    if (x != y || (!more_x && !more_y)) return {x, y};
  }
}

std::vector<Metric> checked_metrics(const TrainingSettings& training, const Shape& sample) {
  std::vector<Metric> metrics = metrics_named(training.metrics);
  for (const Metric& metric : metrics) {
    if (metric.measures(sample)) continue;
    throw InputError("training.metrics: images of {} are too small for {}; leave it out",
                     to_string(sample), metric.name);
  }
  return metrics;
}

Precision checked_precision(const TrainingSettings& training) {
  const Precision precision = precision_of(training.precision);
  const std::string refusal = precision == Precision::bf16 ? bf16_refusal() : "";
  if (!refusal.empty()) {
    throw InputError("training.precision = \"bf16\" would be slower than float32: {}; leave it out",
                     refusal);
  }
  return precision;
}

}  // namespace

Trainer::Trainer(const Config& config, const RunFolder& folder, ThreadPool& pool)
    : config_(config),
      folder_(folder),
      pool_(pool),
      split_(open_split(config.data, seed_of(config), config.folder)),
      normalization_(learn_normalization(config.data.normalization, split_.train,
                                         loader_options(/*shuffle=*/false))),
      train_loader_(split_.train, config.corruptions, loader_options(/*shuffle=*/true)),
      model_(checked_model(config, train_loader_)),
      averaged_(config.optimizer.use_ema ? std::optional(model_) : std::nullopt),
      loss_(make_loss(config.loss)),
      optimizer_(make_optimizer(config.optimizer)),
      step_(model_, *loss_, *optimizer_,
            {.input = train_loader_.input_shape(),
             .batch = config.training.batch_size,
             .seed = seed_of(config),
             .engine = config.training.engine == "auto" ? "" : config.training.engine,
             .precision = checked_precision(config.training),
             .accumulate = config.training.accumulate,
             .clip_value = config.optimizer.clipvalue.value_or(0),
             .clip_norm = config.optimizer.global_clipnorm.value_or(0),
             .average_momentum = config.optimizer.use_ema ? config.optimizer.ema_momentum : 0},
            pool) {
  checkpoint_.history.columns = {"epoch", "loss", "psnr"};
  if (split_.validation) {
    evaluator_.emplace(judged_model(), *loss_,
                       checked_metrics(config.training, train_loader_.target_shape()),
                       train_loader_.input_shape(), config.training.batch_size, pool);
    validation_loader_.emplace(split_.validation, config.corruptions,
                               loader_options(/*shuffle=*/false));
    for (const char* column : {"validation_loss", "validation_psnr", "input_psnr"}) {
      checkpoint_.history.columns.push_back(column);
    }
    for (const std::string& metric : config.training.metrics)
      checkpoint_.history.columns.push_back(fmt::format("validation_{}", metric));
  }
  for (const char* column : {"learning_rate", "seconds", "loader_wait"})
    checkpoint_.history.columns.push_back(column);
  checkpoint_.config = write_config(config);
  checkpoint_.config_folder = config.folder.string();
  checkpoint_.keras_config = keras_config(model_, config.name).value_or("");
  checkpoint_.initial_weights = copy_weights(model_);
  checkpoint_.learned = normalization_.learned();
}

LoaderOptions Trainer::loader_options(bool shuffle) const {
  return {.batch_size = config_.training.batch_size,
          .seed = seed_of(config_),
          .shuffle = shuffle,
          .augmentation = config_.augmentation,
          .normalization = &normalization_,
          .threads = loader_threads(pool_)};
}

void Trainer::resume(const std::filesystem::path& checkpoint) {
  const std::string path = checkpoint.string();
  if (!is_there(path)) {
    throw InputError("there is nothing to resume: {} does not exist; leave out --resume to begin",
                     path);
  }
  Checkpoint saved = load_checkpoint(path);
  const Config saved_config = parse_checkpoint_config(saved.config, saved.config_folder, path);
  const auto [then, now] = first_difference(without_effort(saved_config), without_effort(config_));
  if (then != now) {
    throw InputError(
        "{} was made with another config: it has `{}`, now there is `{}`; resume with the config "
        "of the run, or begin another run with --out",
        path, then, now);
  }
  load_weights(path, model_);
  step_.restore(saved.optimizer);
  // The data may have changed since; the weights have not.
  normalization_ = Normalization(config_.data.normalization, saved.learned);
  checkpoint_.learned = std::move(saved.learned);
  checkpoint_.initial_weights = std::move(saved.initial_weights);
  resumed_ = checkpoint;
  checkpoint_.progress = saved.progress;
  checkpoint_.history = with_columns(saved.history, checkpoint_.history.columns, path);
}

WeightTransfer Trainer::begin_from(const std::filesystem::path& checkpoint) {
  WeightTransfer transfer = transfer_weights(checkpoint.string(), model_);
  checkpoint_.initial_weights = copy_weights(model_);
  return transfer;
}

Trainer::Ending Trainer::run(TrainingObserver& observer, const std::atomic<bool>& stop) {
  const auto claim = folder_.claim();
  if (resumed_.empty()) {
    folder_.clear();
  } else if (!folder_.is_checkpoint(resumed_)) {
    folder_.clear_after(checkpoint_.progress);
    save(folder_.checkpoint());
  }
  write_text_file(folder_.config(), checkpoint_.config);
  folder_.write_history(checkpoint_.history);
  TrainingProgress& progress = checkpoint_.progress;
  const Index patience = config_.training.patience;
  start_loader();
  while (progress.epoch < config_.training.epochs) {
    if (patience > 0 && progress.epoch - progress.best_epoch >= patience)
      return Ending::stopped_early;
    if (!train_epoch(observer, stop)) {
      save(folder_.checkpoint());
      return Ending::interrupted;
    }
    observer.on_epoch(end_epoch());
  }
  return Ending::finished;
}

void Trainer::start_loader() {
  const TrainingProgress& progress = checkpoint_.progress;
  if (progress.epoch < config_.training.epochs)
    train_loader_.start(static_cast<std::uint32_t>(progress.epoch), progress.batch);
}

bool Trainer::train_epoch(TrainingObserver& observer, const std::atomic<bool>& stop) {
  TrainingProgress& progress = checkpoint_.progress;
  const auto start = Clock::now();
  const double seconds_before = progress.seconds;
  losses_ = watched_losses(checkpoint_.history);
  while (true) {
    if (stop && !step_.pending()) return false;
    const Batch* batch = train_loader_.next();
    if (!batch) break;
    step_.set_learning_rate(learning_rate(progress.batch));
    const double loss = step_.add(batch->input, batch->target);
    progress.loss_sum += loss * static_cast<double>(batch->count());
    progress.psnr_sum += (step_.psnr() + normalization_.psnr_shift(batch->contrasts)) *
                         static_cast<double>(batch->count());
    progress.samples += batch->count();
    progress.seconds = seconds_before + seconds_since(start);
    ++progress.batch;
    if (progress.batch % config_.training.accumulate == 0 ||
        progress.batch == train_loader_.batches())
      step_.update();
    observer.on_step({.epoch = progress.epoch + 1,
                      .epochs = config_.training.epochs,
                      .batch = progress.batch,
                      .batches = train_loader_.batches(),
                      .samples = batch->count(),
                      .mean_loss = progress.loss_sum / static_cast<double>(progress.samples)});
    const Index every = config_.training.checkpoint_steps;
    if (every > 0 && !step_.pending() && step_.state().step % every == 0)
      save(folder_.checkpoint());
  }
  epoch_seconds_ = seconds_since(start);
  epoch_waited_ = train_loader_.waited();
  return true;
}

EpochReport Trainer::end_epoch() {
  TrainingProgress& progress = checkpoint_.progress;
  const auto start = Clock::now();
  EpochReport report{.epoch = progress.epoch + 1,
                     .epochs = config_.training.epochs,
                     .samples = progress.samples,
                     .loss = progress.loss_sum / static_cast<double>(progress.samples),
                     .psnr = progress.psnr_sum / static_cast<double>(progress.samples),
                     .learning_rate = learning_rate(train_loader_.batches() - 1)};
  take_averages();
  if (evaluator_) {
    report.validated = true;
    report.validation = evaluator_->run(*validation_loader_);
    epoch_waited_ += validation_loader_->waited();
  }
  const double monitored = report.validated ? report.validation.loss : report.loss;
  if (!std::isfinite(monitored)) {
    throw RunError(
        "the validation loss is not a finite number after epoch {}; lower optimizer.learning_rate",
        report.epoch);
  }
  progress.epoch = report.epoch;
  progress.batch = 0;
  progress.loss_sum = 0;
  progress.psnr_sum = 0;
  progress.samples = 0;
  start_loader();  // reads ahead while files are written
  report.best = progress.best_epoch == 0 || monitored < progress.best_loss;
  if (report.best) {
    progress.best_epoch = report.epoch;
    progress.best_loss = monitored;
  }
  const double seconds = seconds_since(start);
  progress.seconds += seconds;
  report.seconds = progress.seconds;
  report.loader_wait = epoch_waited_ / (epoch_seconds_ + seconds);

  std::vector<double> row{static_cast<double>(report.epoch), report.loss, report.psnr};
  if (report.validated) {
    const Evaluation& found = report.validation;
    row.insert(row.end(), {found.loss, found.psnr, found.input_psnr});
    row.insert(row.end(), found.metrics.begin(), found.metrics.end());
  }
  row.insert(row.end(), {report.learning_rate, report.seconds, report.loader_wait});
  checkpoint_.history.rows.push_back(row);

  if (report.best) save(folder_.best());
  save(folder_.checkpoint());
  folder_.write_history(checkpoint_.history);
  write_picture();
  return report;
}

/// Of the step over one batch of the epoch under way.
double Trainer::learning_rate(Index batch) const {
  const double step = 1 / static_cast<double>(train_loader_.batches());
  return config_.optimizer.schedule.rate(
      optimizer_->learning_rate(),
      {.epoch = static_cast<double>(checkpoint_.progress.epoch) + static_cast<double>(batch) * step,
       .step = step,
       .epochs = static_cast<double>(config_.training.epochs),
       .losses = losses_});
}

void Trainer::take_averages() {
  if (!averaged_) return;
  for (std::size_t i = 0; i < model_.parameters().size(); ++i)
    averaged_->parameters()[i].value = model_.parameters()[i].value;
  put_averages(step_.state(), *averaged_);
}

void Trainer::save(const std::filesystem::path& path) {
  checkpoint_.optimizer = step_.state();
  save_checkpoint(path.string(), model_, checkpoint_);
}

void Trainer::write_picture() {
  const DatasetPtr& data = split_.validation ? split_.validation : split_.train;
  const Index count = std::min(config_.training.samples, data->size());
  const Index channels = train_loader_.target_shape().back();
  if (count == 0 || data->shape().rank() != 3 || (channels != 1 && channels != 3)) return;
  LoaderOptions options = loader_options(/*shuffle=*/false);
  options.batch_size = count;
  Loader loader(data, config_.corruptions, options);
  loader.start(0);
  const Batch& batch = *loader.next();
  const Tensor output = Predictor(judged_model(), {.input = loader.input_shape(), .batch = count},
                                  pool_)(batch.input);
  Tensor rooms[3];
  const ConstView clean = batch.images(batch.target, rooms[0]);
  std::vector<ConstView> columns{batch.images(view(output), rooms[1]), clean};
  Tensor seen;
  if (batch.input.data != batch.target.data) {
    seen = resized_batch(batch.images(batch.input, rooms[2]), clean.shape[1], clean.shape[2],
                         Filter::box);
    columns.insert(columns.begin(), view(std::as_const(seen)));
  }
  const Tensor grid = image_grid(columns);
  write_image(folder_.picture(checkpoint_.progress.epoch), view(grid));
}

}  // namespace adjoint
