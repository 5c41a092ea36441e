#include "train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "datasets/folder.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/image_ops.hpp"
#include "datasets/image_record.hpp"
#include "datasets/learn_normalization.hpp"
#include "framework/graph/predictor.hpp"
#include "framework/parallel/check_alike.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/weights_checksum.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "models/formats/model_format.hpp"
#include "models/keras/keras_config.hpp"
#include "train/data_checksum.hpp"
#include "train/history.hpp"
#include "train/noisy_targets.hpp"
#include "train/resumption.hpp"
#include "train/save_elsewhere.hpp"

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

/// The metrics that are asked for, each once; PSNR is measured in any case.
std::vector<Metric> checked_metrics(const TrainingSettings& training, const Shape& sample) {
  std::vector<Metric> metrics;
  for (const Metric& metric : metrics_named(training.metrics)) {
    const auto same_name = [&](const Metric& other) { return other.name == metric.name; };
    if (metric.name == "psnr" || std::ranges::any_of(metrics, same_name)) continue;
    if (!metric.measures(sample)) {
      throw InputError("training.metrics: images of {} are too small for {}; leave it out",
                       to_string(sample), metric.name);
    }
    metrics.push_back(metric);
  }
  return metrics;
}

/// Reads of each batch what one rank needs.
LoaderOptions shared(LoaderOptions options, ShardRange samples) {
  options.first = samples.first;
  options.last = samples.last;
  return options;
}

bool all_finite(ConstView values) {
  return std::ranges::all_of(values.flat(), [](Real value) { return std::isfinite(value); });
}

ConvolutionOptions checked_options(const TrainingSettings& training) {
  ConvolutionOptions options = convolution_options(training);
  const std::string refusal = options.precision == Precision::bf16 ? bf16_refusal() : "";
  if (!refusal.empty()) {
    throw InputError("training.precision = \"bf16\" would be slower than float32: {}; leave it out",
                     refusal);
  }
  return options;
}

}  // namespace

Trainer::Trainer(const Config& config, const RunFolder& folder, ThreadPool& pool, Ranks& ranks)
    : config_(config),
      folder_(folder),
      pool_(pool),
      sharding_(sharding_of(config.training, ranks)),
      split_(open_split(config.data, seed_of(config), config.folder)),
      // The shards of a batch are cut by its size: one that is never full would leave threads idle.
      batch_size_(std::min(config.training.batch_size, split_.train->size())),
      convolution_(checked_options(config.training)),
      normalization_(learn_normalization(config.data.normalization, split_.train,
                                         loader_options(/*shuffle=*/false))),
      train_loader_(split_.train, config.corruptions,
                    shared(loader_options(/*shuffle=*/true), sharding_.own_samples(batch_size_))),
      model_(checked_model(config, train_loader_)),
      averaged_(config.optimizer.use_ema ? std::optional(model_) : std::nullopt),
      loss_(loss_of_training(config)),
      optimizer_(make_optimizer(config.optimizer)),
      step_(model_, *loss_, *optimizer_,
            {.input = train_loader_.input_shape(),
             .batch = batch_size_,
             .seed = seed_of(config),
             .convolution = convolution_,
             .accumulate = config.training.accumulate,
             .clip_value = config.optimizer.clipvalue.value_or(0),
             .clip_norm = config.optimizer.global_clipnorm.value_or(0),
             .average_momentum = config.optimizer.use_ema ? config.optimizer.ema_momentum : 0,
             .sharding = sharding_},
            pool),
      scorer_(pool, nullptr, {}, sharding_),
      sums_(sharding_, Scorer::kMetrics),
      output_(make_tensor(
          train_loader_.target_shape().batched(sharding_.own_samples(batch_size_).size()))),
      diagnosis_(config, train_loader_.batches()) {
  checkpoint_.history.columns = {"epoch", "loss"};
  if (has_clean_targets()) checkpoint_.history.columns.emplace_back("psnr");
  if (split_.validation) {
    metrics_ = checked_metrics(config.training, train_loader_.target_shape());
    const Index batch = std::min(config.training.batch_size, split_.validation->size());
    evaluator_.emplace(evaluated_model(), *loss_,
                       Evaluator::Options{.input = train_loader_.input_shape(),
                                          .batch = batch,
                                          .measures = {metrics_},
                                          .convolution = convolution_,
                                          .sharding = sharding_},
                       pool);
    LoaderOptions options = shared(loader_options(/*shuffle=*/false), evaluator_->own_samples());
    options.batch_size = batch;
    options.target = validation_target(config, *split_.validation);
    validation_loader_.emplace(split_.validation, config.corruptions, options);
    checkpoint_.history.columns.emplace_back("validation_loss");
    if (options.target.kind == TargetKind::clean) {
      for (const char* column : {"validation_psnr", "input_psnr"})
        checkpoint_.history.columns.emplace_back(column);
    }
    for (const Metric& metric : metrics_)
      checkpoint_.history.columns.push_back(fmt::format("validation_{}", metric.name));
  }
  for (const char* column :
       {"learning_rate", "seconds", "loader_wait", "communication_bytes", "communication_seconds"})
    checkpoint_.history.columns.push_back(column);
  checkpoint_.config = write_config(config);
  checkpoint_.config_folder = config.folder.string();
  checkpoint_.keras_config = keras_config(model_, config.name).value_or("");
  checkpoint_.initial_weights = copy_weights(model_);
  checkpoint_.learned = normalization_.learned();
  checkpoint_.images = image_record(split_);
  if (!ranks.several()) return;
  check_alike(ranks, {{"config", checkpoint_.config},
                      {"training images", data_checksum(split_.train, pool)},
                      {"validation images", data_checksum(split_.validation, pool)},
                      {"initial weights", weights_checksum(model_, checkpoint_.learned)}});
}

LoaderOptions Trainer::loader_options(bool shuffle) const {
  return {.batch_size = batch_size_,
          .seed = seed_of(config_),
          .shuffle = shuffle,
          .augmentation = config_.augmentation,
          .target = shuffle ? config_.training.target : Target{},
          .normalization = &normalization_,
          .threads = loader_threads(pool_)};
}

std::vector<std::string> Trainer::resume(const std::filesystem::path& checkpoint) {
  const std::string path = checkpoint.string();
  if (!is_there(path)) {
    throw InputError("there is nothing to resume: {} does not exist; leave out --resume to begin",
                     path);
  }
  const Hdf5File file = Hdf5File::open(path);
  Checkpoint saved = load_checkpoint(file);
  const Config saved_config = config_of(saved, path);
  check_goes_on(saved_config, config_, path);
  load_weights(file, model_);
  step_.restore(saved.optimizer);
  // The data may have changed since; the weights have not.
  normalization_ = Normalization(config_.data.normalization, saved.learned);
  checkpoint_.learned = std::move(saved.learned);
  checkpoint_.initial_weights = std::move(saved.initial_weights);
  resumed_ = checkpoint;
  check_alike(*sharding_.ranks,
              {{"checkpoint", fmt::format("{} steps and the weights {}", step_.steps(),
                                          weights_checksum(model_, checkpoint_.learned))}});
  checkpoint_.images = joined(saved.images, std::move(checkpoint_.images));
  checkpoint_.progress = saved.progress;
  checkpoint_.history = with_columns(saved.history, checkpoint_.history.columns, path);

  const TrainingProgress& progress = checkpoint_.progress;
  if (progress.epoch >= config_.training.epochs) {
    return {
        fmt::format("its {} epochs are trained; to go on, raise training.epochs (--set "
                    "training.epochs={})",
                    progress.epoch, 2 * progress.epoch)};
  }
  losses_ = watched_losses(checkpoint_.history);
  return schedule_changes(saved_config, config_, time_of(progress.batch));
}

WeightTransfer Trainer::begin_from(const std::filesystem::path& checkpoint) {
  const std::string file = find_checkpoint(checkpoint).string();
  WeightTransfer transfer = is_foreign_model(file) ? transfer_foreign_weights(file, model_)
                                                   : transfer_weights(file, model_);
  checkpoint_.initial_weights = copy_weights(model_);
  check_alike(*sharding_.ranks,
              {{"weights to begin with", weights_checksum(model_, checkpoint_.learned)}});
  return transfer;
}

Trainer::Ending Trainer::run(TrainingObserver& observer, const std::atomic<bool>& stop) {
  const bool first = sharding_.ranks->first();
  const auto claim = first ? folder_.claim() : nullptr;
  collect_state();
  if (first) {
    if (resumed_.empty()) {
      folder_.clear();
    } else if (!folder_.is_checkpoint(resumed_)) {
      folder_.clear_after(checkpoint_.progress);
      save(folder_.checkpoint());
    }
    write_text_file(folder_.config(), checkpoint_.config);
    folder_.write_history(checkpoint_.history);
    if (best_is_missing()) save(folder_.best());
  }
  TrainingProgress& progress = checkpoint_.progress;
  const Index patience = config_.training.patience;
  if (batch_size_ < config_.training.batch_size) {
    warn(observer, {"batch_size", fmt::format("training.batch_size = {} is more than there are "
                                              "training images: batches are of all {}",
                                              config_.training.batch_size, batch_size_)});
  }
  warn_of_idle_ranks(observer);
  start_loader();
  while (progress.epoch < config_.training.epochs) {
    if (patience > 0 && progress.epoch - progress.best_epoch >= patience)
      return Ending::stopped_early;
    if (!train_epoch(observer, stop)) {
      collect_state();
      save_state();
      return Ending::interrupted;
    }
    const EpochReport report = end_epoch();
    observer.on_epoch(report);
    findings_ = diagnosis_.look(report);
    for (const TrainingWarning& finding : findings_) say(observer, finding);
    write_reports(observer, report);
  }
  return Ending::finished;
}

std::vector<TrainingWarning> Trainer::warnings() const {
  std::vector<TrainingWarning> all = warnings_;
  all.insert(all.end(), findings_.begin(), findings_.end());
  return all;
}

void Trainer::warn_of_idle_ranks(TrainingObserver& observer) {
  const Index size = sharding_.shard_size(batch_size_);
  const Index filled = (batch_size_ + size - 1) / size;
  Index idle = 0;
  for (int r = 0; r < sharding_.ranks->size(); ++r)
    if (sharding_.range(r).first >= filled) ++idle;
  if (idle == 0) return;
  warn(observer,
       {"idle_ranks",
        fmt::format("{} of {} ranks have no image of any batch: {} images fill {} of "
                    "training.shards = {}; take larger batches, fewer shards or fewer ranks",
                    idle, sharding_.ranks->size(), batch_size_, filled, sharding_.shards)});
}

void Trainer::warn(TrainingObserver& observer, const TrainingWarning& warning) {
  if (!said_.contains(warning.kind)) warnings_.push_back(warning);
  say(observer, warning);
}

void Trainer::say(TrainingObserver& observer, const TrainingWarning& warning) {
  if (said_.insert(warning.kind).second) observer.on_warning(warning);
}

/// Does some work; if it fails, the state is saved before the failure is thrown on.
template <class Work>
auto Trainer::keeping_the_state(Work work) {
  const auto save = [&]() -> std::string {
    if (step_.pending()) return "";  // half of a step: none could go on from there
    if (sharding_.ranks->several())  // the others cannot know that it should be saved
      return "; --resume goes on from the last checkpoint";
    try {
      collect_state();
      save_state();
    } catch (const std::exception& error) {
      return fmt::format("; {}", error.what());
    }
    return fmt::format("; what was trained until then is saved to {}",
                       folder_.checkpoint().string());
  };
  try {
    return work();
  } catch (const std::bad_alloc&) {
    save();
    throw;
  } catch (const RankFailure&) {
    throw;
  } catch (const InputError& error) {
    throw InputError("{}{}", error.what(), save());
  } catch (const std::exception& error) {
    throw RunError("{}{}", error.what(), save());
  }
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
    const bool stopping = sharding_.ranks->several() ? stopping_ : stop.load();
    if (stopping && !step_.pending()) return false;
    const Batch* batch = keeping_the_state([&] { return train_loader_.next(); });
    if (!batch) break;
    step_.set_learning_rate(learning_rate(progress.batch));
    const double loss = train_batch(*batch);
    const double psnr = measure(*batch, stop);
    progress.loss_sum += static_cast<double>(batch->total) * loss;
    progress.psnr_sum += psnr;
    progress.samples += batch->total;
    progress.seconds = seconds_before + seconds_since(start);
    ++progress.batch;
    if (progress.batch % config_.training.accumulate == 0 ||
        progress.batch == train_loader_.batches())
      step_.update();
    observer.on_step({.epoch = progress.epoch + 1,
                      .epochs = config_.training.epochs,
                      .batch = progress.batch,
                      .batches = train_loader_.batches(),
                      .samples = batch->total,
                      .mean_loss = progress.loss_sum / static_cast<double>(progress.samples)});
    const Index every = config_.training.checkpoint_steps;
    if (every > 0 && !step_.pending() && step_.steps() % every == 0) {
      collect_state();
      save_state();
    }
  }
  epoch_seconds_ = seconds_since(start);
  epoch_waited_ = train_loader_.waited();
  return true;
}

/// One batch forward and backward; the loss of it, over all ranks.
double Trainer::train_batch(const Batch& batch) {
  try {
    return step_.add(batch.input, batch.target, view(output_).slice(0, batch.count()), batch.total,
                     batch.mask);
  } catch (const RunError&) {
    // A model that has come apart is not worth keeping, one that met such data is. All ranks know
    // the same loss, and so are all here.
    std::vector<double> bad(static_cast<std::size_t>(sharding_.own().size()));
    bad[0] = all_finite(batch.input) && all_finite(batch.target) ? 0 : 1;
    if (ShardSums(sharding_, 1).sum(bad)[0] == 0) throw;
  }
  return keeping_the_state([&]() -> double {
    throw RunError(
        "the loss is not a number, for there are values in the data that are not finite numbers: "
        "see batch {} of epoch {}, and mend or leave out its images",
        checkpoint_.progress.batch + 1, checkpoint_.progress.epoch + 1);
  });
}

/// Sum of the PSNR of a batch's outputs, over all ranks, who also learn whether one is to stop.
double Trainer::measure(const Batch& batch, bool stop) {
  const std::span<double> parts =
      scorer_.measure(batch, view(output_).slice(0, batch.count()),
                      step_.sharded().plan().absorbed_activation(), step_.sharded().shard_size());
  parts[Scorer::kLoss] = stop ? 1 : 0;  // the loss is known
  const std::span<const double> sums = sums_.sum(parts);
  stopping_ = sums[Scorer::kLoss] > 0;
  return sums[Scorer::kPsnr];
}

EpochReport Trainer::end_epoch() {
  TrainingProgress& progress = checkpoint_.progress;
  const auto start = Clock::now();
  const double psnr = progress.psnr_sum / static_cast<double>(progress.samples);
  EpochReport report{.epoch = progress.epoch + 1,
                     .epochs = config_.training.epochs,
                     .samples = progress.samples,
                     .loss = progress.loss_sum / static_cast<double>(progress.samples),
                     .psnr = has_clean_targets() ? std::optional(psnr) : std::nullopt,
                     .learning_rate = learning_rate(train_loader_.batches() - 1)};
  take_averages();
  if (evaluator_) {
    report.validated = true;
    report.validation = keeping_the_state([&] { return evaluator_->run(*validation_loader_); });
    epoch_waited_ += validation_loader_->waited();
    if (sharding_.ranks->first())
      report.code = keeping_the_state([&] { return code_use(epoch_samples()); });
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
  report_traffic(report);

  std::vector<double> row{static_cast<double>(report.epoch), report.loss};
  if (report.psnr) row.push_back(*report.psnr);
  if (report.validated) {
    const Evaluation& found = report.validation;
    row.push_back(found.loss);
    if (found.has_reference) row.insert(row.end(), {found.psnr, found.input_psnr});
    row.insert(row.end(), found.metrics.begin(), found.metrics.end());
  }
  row.insert(row.end(), {report.learning_rate, report.seconds, report.loader_wait,
                         report.communication_bytes, report.communication_seconds});
  checkpoint_.history.rows.push_back(row);

  collect_state();
  std::string failure;
  try {
    if (report.best) save(folder_.best());
    const Index every = sharding_.ranks->first() ? config_.training.keep_every : 0;
    if (every > 0 && report.epoch % every == 0) {
      make_folder(folder_.kept(report.epoch).parent_path());
      save(folder_.kept(report.epoch));
    }
  } catch (const std::exception& error) {
    failure = error.what();
  }
  save_state();
  if (failure.empty()) return report;
  throw RunError("{}; what was trained is saved to {}, go on from there with --resume", failure,
                 folder_.checkpoint().string());
}

/// Writes a file that can be made again from a checkpoint: a failure is no reason to end a
/// training.
void Trainer::write_reports(TrainingObserver& observer, const EpochReport& report) {
  if (!sharding_.ranks->first()) return;
  try {
    folder_.write_history(checkpoint_.history);
  } catch (const std::exception& error) {
    warn(observer, {"history", fmt::format("{}; the checkpoint has the history", error.what())});
  }
  try {
    if (const auto picture = sample_picture(epoch_samples(), config_.training.samples))
      write_image(folder_.picture(checkpoint_.progress.epoch), view(*picture));
  } catch (const std::exception& error) {
    warn(observer, {"picture", fmt::format("{}; the training goes on", error.what())});
  }
  try {
    observer.on_epoch_saved(report);
  } catch (const std::exception& error) {
    warn(observer, {"observer", fmt::format("{}; the training goes on", error.what())});
  }
}

/// Learning rate of the step over one batch of the epoch under way.
double Trainer::learning_rate(Index batch) const {
  return config_.optimizer.schedule.rate(optimizer_->learning_rate(), time_of(batch));
}

TrainingTime Trainer::time_of(Index batch) const {
  const double step = 1 / static_cast<double>(train_loader_.batches());
  return {
      .epoch = static_cast<double>(checkpoint_.progress.epoch) + static_cast<double>(batch) * step,
      .step = step,
      .epochs = static_cast<double>(config_.training.epochs),
      .losses = losses_};
}

/// What the ranks have sent and waited since the last epoch.
void Trainer::report_traffic(EpochReport& report) {
  Ranks& ranks = *sharding_.ranks;
  if (!ranks.several()) return;
  const Ranks::Traffic now = ranks.traffic();
  std::vector<double> parts(2 * static_cast<std::size_t>(sharding_.own().size()));
  parts[0] = static_cast<double>(now.bytes - traffic_.bytes);
  parts[1] = now.seconds - traffic_.seconds;
  ShardSums both(sharding_, 2);
  const std::span<const double> sums = both.sum(parts);
  report.communication_bytes = sums[0];
  report.communication_seconds = sums[1] / ranks.size();
  traffic_ = now;
}

void Trainer::take_averages() {
  if (!averaged_) return;
  for (std::size_t i = 0; i < model_.parameters().size(); ++i)
    averaged_->parameters()[i].value = model_.parameters()[i].value;
  step_.put_averages(*averaged_);
}

/// Collective: what save() and save_state() write, brought together at rank 0.
void Trainer::collect_state() {
  checkpoint_.optimizer = step_.state();
}

void Trainer::save(const std::filesystem::path& path) {
  if (sharding_.ranks->first()) save_checkpoint(path.string(), model_, checkpoint_);
}

/// The state as checkpoint.h5; where that cannot be written, the message says where it is.
void Trainer::save_state() {
  try {
    save(folder_.checkpoint());
  } catch (const std::exception& error) {
    throw RunError("{}; {}", error.what(),
                   save_elsewhere(folder_, [&](const std::filesystem::path& file) { save(file); }));
  }
}

/// Whether the state is that of the best epoch and best.h5 is not: that could not be written, or
/// the training goes on in another folder.
bool Trainer::best_is_missing() const {
  const TrainingProgress& progress = checkpoint_.progress;
  if (progress.best_epoch == 0 || progress.best_epoch != progress.epoch || progress.batch != 0)
    return false;
  try {
    return load_checkpoint(folder_.best().string()).progress.epoch != progress.epoch;
  } catch (const InputError&) {
    return true;
  }
}

EpochSamples Trainer::epoch_samples() const {
  return {.model = evaluated_model(),
          .data = split_.validation ? split_.validation : split_.train,
          .corruptions = config_.corruptions,
          .loader = loader_options(/*shuffle=*/false),
          .convolution = convolution_,
          .pool = pool_};
}

}  // namespace adjoint
