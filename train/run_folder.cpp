#include "train/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "datasets/folder.hpp"
#include "datasets/formats/csv.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// Where a run keeps files of single epochs: "epoch-0004.png".
struct EpochFolder {
  const char* name;
  std::string ending;
};
const EpochFolder kPictures{"samples", ".png"}, kKept{"epochs", ".h5"};

fs::path epoch_file(const fs::path& run, const EpochFolder& folder, Index epoch) {
  return run / folder.name / fmt::format("epoch-{:04}{}", epoch, folder.ending);
}

/// The epoch that a file of a run is named after.
std::optional<Index> epoch_of(const fs::path& file, const EpochFolder& folder) {
  const std::string name = file.filename().string();
  static const std::string kLead = "epoch-";
  if (!name.starts_with(kLead) || !name.ends_with(folder.ending)) return std::nullopt;
  Index epoch = 0;
  const char* end = name.data() + name.size() - folder.ending.size();
  const auto [rest, error] = std::from_chars(name.data() + kLead.size(), end, epoch);
  if (error != std::errc() || rest != end) return std::nullopt;
  return epoch;
}

struct EpochFile {
  Index epoch;
  fs::path path;
};

/// The files of single epochs in one of the folders, in ascending order.
std::vector<EpochFile> epoch_files(const fs::path& run, const EpochFolder& folder) {
  std::vector<EpochFile> files;
  if (!is_folder(run / folder.name)) return files;
  for (const fs::path& file : paths_in(run / folder.name)) {
    const std::optional<Index> epoch = epoch_of(file, folder);
    if (epoch && file.filename() == epoch_file(run, folder, *epoch).filename())
      files.push_back({*epoch, file});
  }
  std::ranges::sort(files, {}, &EpochFile::epoch);
  return files;
}

void remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) throw RunError("cannot remove {}: {}", file.string(), error.message());
}

}  // namespace

std::filesystem::path RunFolder::picture(Index epoch) const {
  return epoch_file(path_, kPictures, epoch);
}

std::filesystem::path RunFolder::kept(Index epoch) const {
  return epoch_file(path_, kKept, epoch);
}

std::vector<Index> RunFolder::kept_epochs() const {
  std::vector<Index> epochs;
  for (const EpochFile& file : epoch_files(path_, kKept)) epochs.push_back(file.epoch);
  return epochs;
}

std::vector<Index> RunFolder::picture_epochs() const {
  std::vector<Index> epochs;
  for (const EpochFile& file : epoch_files(path_, kPictures)) epochs.push_back(file.epoch);
  return epochs;
}

bool RunFolder::is_checkpoint(const fs::path& file) const {
  std::error_code none;
  return fs::equivalent(file, checkpoint(), none);
}

bool RunFolder::holds_run() const {
  return is_there(checkpoint()) || is_there(best());
}

bool RunFolder::is_run() const {
  return holds_run() || is_there(lock_file());
}

/// The run's files that exist. checkpoint.h5 comes first: without it nothing goes on from the rest.
std::vector<fs::path> RunFolder::files() const {
  std::vector<fs::path> files;
  for (const fs::path& file :
       {checkpoint(), best(), config(), history(), metrics(), record(), report(),
        path_ / "checkpoint.calibration.toml", path_ / "best.calibration.toml"})  // by `detect`
    if (is_there(file)) files.push_back(file);
  for (const EpochFolder* folder : {&kPictures, &kKept})
    for (const EpochFile& file : epoch_files(path_, *folder)) files.push_back(file.path);
  return files;
}

bool RunFolder::owns(const fs::path& file) const {
  return std::ranges::any_of(files(), [&](const fs::path& own) {
    std::error_code none;
    return fs::equivalent(own, file, none);
  });
}

std::shared_ptr<const RunLock> RunFolder::claim() const {
  if (std::shared_ptr<const RunLock> lock = lock_->lock()) return lock;
  if (!is_run()) {
    if (const std::vector<fs::path> foreign = files(); !foreign.empty()) {
      throw InputError(
          "{} is not a run's folder, but holds {}, which a run would replace; name another folder "
          "with --out",
          path_.string(), foreign[0].lexically_relative(path_).string());
    }
  }
  std::error_code error;
  fs::create_directories(path_ / kPictures.name, error);
  if (error) {
    throw RunError("cannot make the folder {}: {}; name another one with --out", path_.string(),
                   error.message());
  }
  auto lock = std::make_shared<const RunLock>(lock_file());
  for (const fs::path& folder : {path_, path_ / kPictures.name, path_ / kKept.name}) {
    if (!is_folder(folder)) continue;
    for (const fs::path& file : paths_in(folder))
      if (is_passing_name(file.filename().string())) remove_file(file);
  }
  *lock_ = lock;
  return lock;
}

void RunFolder::clear() const {
  for (const fs::path& file : files()) remove_file(file);
}

void RunFolder::clear_after(const TrainingProgress& progress) const {
  for (const EpochFolder* folder : {&kPictures, &kKept})
    for (const EpochFile& file : epoch_files(path_, *folder))
      if (file.epoch > progress.epoch) remove_file(file.path);
  if (!is_there(best())) return;
  const TrainingProgress found = load_checkpoint(best().string()).progress;
  if (found.best_epoch != progress.best_epoch || found.best_loss != progress.best_loss)
    remove_file(best());
}

void RunFolder::write_history(const History& history) const {
  std::string csv = csv_line(history.columns);
  std::string jsonl;
  for (const std::vector<double>& row : history.rows) {
    std::vector<std::string> fields;
    for (const double number : row) fields.push_back(fmt::format("{}", number));
    csv += csv_line(fields);
    nlohmann::ordered_json line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (history.columns[c] == "epoch") {
        line[history.columns[c]] = std::llround(row[c]);
      } else {
        line[history.columns[c]] = row[c];
      }
    }
    jsonl += line.dump() + "\n";
  }
  write_text_file(this->history(), csv);
  write_text_file(metrics(), jsonl);
}

}  // namespace adjoint
