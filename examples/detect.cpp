// Trains a model on radar scans of empty ground, and finds the scans that show a buried object.
//
//     detect FOLDER    keeps the run and the scans there

#include <adjoint/adjoint.hpp>
#include <adjoint/detection.hpp>
#include <cstdio>

using namespace adjoint;

namespace {

constexpr const char* kConfig = R"(
name = "radar-example"
[data]
source = "synthetic"
style = "radar"
buried_object = "none"
size = 32
count = 256
[model]
input = [0, 0, 1]
latent = "down2"
[[model.layer]]
name = "down1"
type = "Conv2D"
filters = 16
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "down2"
type = "Conv2D"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
[[model.layer]]
name = "up2"
type = "Conv2DTranspose"
filters = 16
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "up1"
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "same"
activation = "sigmoid"
[optimizer]
kind = "adam"
learning_rate = 0.01
[training]
epochs = 8
batch_size = 16
samples = 0
)";

/// Prints a line an epoch.
class Progress final : public TrainingObserver {
  void on_epoch(const EpochReport& report) override {
    std::printf("epoch %lld  loss %.5f\n", static_cast<long long>(report.epoch), report.loss);
  }
};

void train(const std::filesystem::path& run, ThreadPool& pool) {
  Config config;
  parse_config(kConfig, "radar-example", {}, config);
  Trainer trainer(config, RunFolder(run), pool);
  Progress progress;
  const std::atomic<bool> stop = false;
  trainer.run(progress, stop);
}

/// Scans of which every other one shows an object, as an array file.
std::string write_scans(const std::filesystem::path& folder) {
  SyntheticSpec spec;
  parse_config("style = \"radar\"\nburied_object = \"some\"\nsize = 32\ncount = 40", "scans", {},
               spec);
  const DatasetPtr scans = spec.open({.seed = 7});
  Tensor all = make_tensor(scans->shape().batched(scans->size()));
  for (Index i = 0; i < scans->size(); ++i)
    scans->read(i, /*epoch=*/0, view(all).slice(i, 1).reshaped(scans->shape()));
  const std::string file = (folder / "scans.npy").string();
  write_npy(file, view(all));
  return file;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: detect FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  ThreadPool pool;
  train(folder / "run", pool);

  ImageModel model(folder / "run", pool);
  const CalibrationChoice choice = choose_calibration(model, {});
  ImageSource scans({write_scans(folder)}, model.channels());
  Detection detection(choice.calibration, {}, model.normalization());
  detect_images(scans, model, detection);
  const DetectionSummary summary = detection.summary();
  std::printf("%lld of %lld scans flagged, threshold %.5f\n",
              static_cast<long long>(summary.flagged), static_cast<long long>(summary.images),
              choice.calibration.threshold);
  return summary.flagged > 0 && summary.flagged < summary.images ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "detect: %s\n", error.what());
  return 1;
}
