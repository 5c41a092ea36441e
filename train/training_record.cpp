#include "train/training_record.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/conv/instruction_sets.hpp"
#include "framework/storage/atomic_file.hpp"
#include "train/data_checksum.hpp"

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

// Enough to tell data from others, in a moment.
constexpr Index kNumbersSummed = Index{1} << 22;

/// Calls `use` with the name and the value of each field.
template <typename Session, typename Use>
void for_each_field(Session& session, Use use) {
  use("command", session.command);
  use("version", session.version);
  use("processor", session.processor);
  use("instructions", session.instructions);
  use("threads", session.threads);
  use("ranks", session.ranks);
  use("first_epoch", session.first_epoch);
  use("last_epoch", session.last_epoch);
  use("training_images", session.training_images);
  use("validation_images", session.validation_images);
  use("training_data", session.training_data);
  use("validation_data", session.validation_data);
  use("seconds", session.seconds);
}

Json json_of(const TrainingSession& session) {
  Json json;
  for_each_field(session, [&](const char* name, const auto& value) { json[name] = value; });
  return json;
}

TrainingSession session_from(const Json& json) {
  TrainingSession session;
  for_each_field(session, [&](const char* name, auto& value) { json.at(name).get_to(value); });
  return session;
}

}  // namespace

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  const std::string key = "model name";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

TrainingSession session_of(const Trainer& trainer, const TrainingProgress& before,
                           ThreadPool& pool) {
  const TrainingProgress& now = trainer.progress();
  return {.processor = processor_name(),
          .instructions = instruction_sets(),
          .threads = pool.size(),
          .first_epoch = before.epoch + 1,
          .last_epoch = now.epoch,
          .training_images = trainer.train_size(),
          .validation_images = trainer.validation_size(),
          .training_data = data_checksum(trainer.split().train, pool, kNumbersSummed),
          .validation_data = data_checksum(trainer.split().validation, pool, kNumbersSummed),
          .seconds = now.seconds - before.seconds};
}

std::vector<TrainingSession> read_sessions(const RunFolder& folder) {
  std::ifstream file(folder.record());
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  std::vector<TrainingSession> sessions;
  try {
    for (const Json& one : json.at("sessions")) sessions.push_back(session_from(one));
  } catch (const Json::exception&) {
    return {};  // of another version; nothing depends on it
  }
  return sessions;
}

void add_session(const RunFolder& folder, const TrainingSession& session) {
  Json sessions = Json::array();
  for (const TrainingSession& earlier : read_sessions(folder))
    if (earlier.first_epoch < session.first_epoch) sessions.push_back(json_of(earlier));
  sessions.push_back(json_of(session));
  write_text_file(
      folder.record(),
      Json{{"sessions", sessions}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace adjoint
