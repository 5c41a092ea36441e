#include "train/begin_run.hpp"

#include "datasets/folder.hpp"
#include "datasets/level_check.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

void refuse_run(const RunRequest& request, const RunOptionNames& names) {
  if (request.resume || request.overwrite || !request.folder.holds_run()) return;
  throw InputError(
      "{} already holds a run; go on with {}, begin anew with {}, or name another folder with {}",
      request.folder.path().string(), names.resume, names.overwrite, names.out);
}

/// Tells several observers in turn; a null one is left out.
class Observers final : public TrainingObserver {
 public:
  explicit Observers(std::vector<TrainingObserver*> observers) : observers_(std::move(observers)) {
    std::erase(observers_, nullptr);
  }
  void on_step(const StepReport& report) override {
    for (TrainingObserver* observer : observers_) observer->on_step(report);
  }
  void on_epoch(const EpochReport& report) override {
    for (TrainingObserver* observer : observers_) observer->on_epoch(report);
  }
  void on_epoch_saved(const EpochReport& report) override {
    std::exception_ptr failure;  // the others are told all the same
    for (TrainingObserver* observer : observers_) {
      try {
        observer->on_epoch_saved(report);
      } catch (...) {
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
  }
  void on_warning(const TrainingWarning& warning) override {
    for (TrainingObserver* observer : observers_) observer->on_warning(warning);
  }

 private:
  std::vector<TrainingObserver*> observers_;
};

}  // namespace

BegunRun begin_run(const RunRequest& request, ThreadPool& pool, Ranks& ranks,
                   const RunOptionNames& names) {
  if (request.resume && request.from) {
    throw InputError(
        "{} and {} exclude each other: the one goes on with a run, the other begins a new one with "
        "its weights",
        names.resume, names.from);
  }
  const bool first = ranks.first();  // the folder is rank 0's affair
  if (first) refuse_run(request, names);
  if (first && !request.resume) {
    const std::string& file = request.config_file;
    check_run_outputs(request.source.config,
                      file.empty() ? file : request.source.checkpoint.value_or(file).string(),
                      request.folder);
  }
  BegunRun begun{.trainer =
                     std::make_unique<Trainer>(request.source.config, request.folder, pool, ranks)};
  Trainer& trainer = *begun.trainer;
  const std::filesystem::path resumed =
      request.resume ? resumed_checkpoint(request.source, request.folder, request.overwrite) : "";
  if (first && request.serve)
    begun.live = std::make_unique<LiveReport>(trainer, request.folder, request.port, names.serve);
  // Nothing is touched unless the training can begin, and nothing without the claim.
  if (first && (!request.resume || is_there(resumed))) begun.claim = request.folder.claim();
  if (first) refuse_run(request, names);  // another process may have ended one meanwhile
  if (request.resume) begun.changes = trainer.resume(resumed);
  begun.level_warning = level_warning(trainer.train_data(), names.white);
  if (request.from) {
    begun.from = find_checkpoint(*request.from).string();
    if (request.folder.owns(begun.from)) {
      throw InputError(
          "{} {}: this is a file of the run that {} removes; copy it to another folder, or name "
          "another one with {}",
          names.from, begun.from, names.overwrite, names.out);
    }
    begun.transfer = trainer.begin_from(begun.from);
  }
  if (begun.live) begun.live->begin();
  if (first && request.tensorboard) {
    begun.events = std::make_unique<TensorBoardLog>(trainer, request.folder, *request.tensorboard);
  }
  begun.names = names;
  return begun;
}

Trainer::Ending BegunRun::train(TrainingObserver& observer, const std::atomic<bool>& stop) {
  if (events) events->begin(names.tensorboard);
  Observers all({live.get(), events.get(), &observer});
  const Trainer::Ending ending = trainer->run(all, stop);
  if (live) live->end(ending);
  return ending;
}

}  // namespace adjoint
