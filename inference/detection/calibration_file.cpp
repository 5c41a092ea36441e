#include "inference/detection/calibration_file.hpp"

#include "framework/storage/atomic_file.hpp"
#include "framework/storage/find_checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// Says beside what is wrong with it how to get rid of it.
template <class Read>
void with_remedy(const std::string& remedy, const Read& read) {
  try {
    read();
  } catch (const InputError& error) {
    throw InputError("{}; {}", error.what(), remedy);
  }
}

}  // namespace

fs::path calibration_file(const fs::path& checkpoint) {
  return fs::path(checkpoint).replace_extension(".calibration.toml");
}

void KeptCalibration::keys(Keys& key) {
  key.required("weights", weights, "checksum of the weights that were calibrated");
  calibration.keys(key);
}

std::optional<KeptCalibration> load_calibration(const fs::path& checkpoint) {
  const fs::path file = calibration_file(checkpoint);
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  KeptCalibration kept;
  with_remedy("remove the file to calibrate anew", [&] { read_config(file.string(), {}, kept); });
  return kept;
}

void save_calibration(const fs::path& checkpoint, const KeptCalibration& kept) {
  write_text_file(calibration_file(checkpoint), write_config(kept));
}

std::optional<Calibration> calibration_inside(const Checkpoint& checkpoint,
                                              const std::string& path) {
  const auto note = checkpoint.notes.find("detection");
  if (note == checkpoint.notes.end()) return std::nullopt;
  Calibration calibration;
  with_remedy("keep another one beside it: adjoint detect ... --false-alarms RATE --save", [&] {
    parse_config(note->second, path + ":/adjoint/notes/detection", {}, calibration);
  });
  return calibration;
}

}  // namespace adjoint
