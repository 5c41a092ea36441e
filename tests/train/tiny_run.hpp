#pragma once

// A training that takes a moment, and how two of them are compared.

#include <gtest/gtest.h>

#include <string>

#include "framework/storage/hdf5_file.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "tests/datasets/files.hpp"
#include "train/trainer.hpp"

namespace adjoint {

/// Everything that is random at once: images and noise anew in each epoch, Dropout; and state
/// beside the weights: BatchNormalization, Adam. 16 training steps an epoch.
inline const std::string kRandomTraining = R"(
[[corruption]]
kind = "gaussian"
sigma = [0.05, 0.3]
[model]
input = [0, 0, 1]
latent = "norm"
[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "drop"
type = "Dropout"
rate = 0.2
[[model.layer]]
name = "norm"
type = "BatchNormalization"
[[model.layer]]
name = "dec1"
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "same"
activation = "sigmoid"
[training]
epochs = 3
batch_size = 4
samples = 2
)";

inline const std::string kRandomConfig = R"(name = "tiny"
seed = 3
[data]
source = "synthetic"
size = 16
count = 72
validation = 0.12
)" + kRandomTraining;

/// A plain denoiser: one strided convolution and back.
inline const std::string kPlainConfig = R"(name = "plain"
seed = 3
[data]
source = "synthetic"
size = 16
count = 64
validation = 0.25
[[corruption]]
kind = "gaussian"
sigma = 0.2
[model]
input = [0, 0, 1]
latent = "enc1"
[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "dec1"
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "same"
[optimizer]
learning_rate = 0.01
[training]
epochs = 2
batch_size = 16
samples = 2
)";

/// A checkpoint of a config's model with its initial weights, as if trained in `folder`.
inline void save_untrained(const std::filesystem::path& path, const std::string& config_text,
                           const std::filesystem::path& folder = {}) {
  Config config;
  parse_config(config_text, "tiny.toml", {}, config);
  save_checkpoint(path.string(), build_model(config.model, static_cast<std::uint64_t>(config.seed)),
                  {.config = write_config(config), .config_folder = folder.string()});
}

/// A datum of a checkpoint, as bytes.
inline std::string bytes_of(const Tensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.data()), tensor.size() * sizeof(Real)};
}

/// Visits all datasets at or below an object.
template <class Visit>
void for_each_dataset(const Hdf5File& file, const std::string& object, const Visit& visit) {
  if (!file.is_group(object)) return visit(object);
  for (const std::string& name : file.list(object))
    for_each_dataset(file, object + "/" + name, visit);
}

inline std::vector<std::string> datasets_in(const Hdf5File& file, const std::string& object) {
  std::vector<std::string> names;
  for_each_dataset(file, object, [&](const std::string& name) { names.push_back(name); });
  return names;
}

/// Expects two checkpoints to hold the same bits: weights, initial weights, optimizer state,
/// history but for the times, and progress.
inline void expect_same_training(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Hdf5File left = Hdf5File::open(a.string()), right = Hdf5File::open(b.string());
  for (const std::string group : {"model_weights", "adjoint"}) {
    ASSERT_EQ(datasets_in(left, group), datasets_in(right, group));
    for (const std::string& name : datasets_in(left, group)) {
      const bool measured = name.ends_with("/seconds") || name.ends_with("/loader_wait") ||
                            name.find("/communication_") != std::string::npos;
      if (measured) continue;
      if (name.starts_with("adjoint/history")) {
        EXPECT_EQ(left.read_doubles(name), right.read_doubles(name)) << name;
      } else {
        EXPECT_EQ(bytes_of(left.read(name)), bytes_of(right.read(name))) << name;
      }
    }
  }
  for (const char* name : {"epoch", "batch", "samples", "best_epoch"})
    EXPECT_EQ(left.read_integer("adjoint", name), right.read_integer("adjoint", name)) << name;
  for (const char* name : {"loss_sum", "psnr_sum", "best_loss"})
    EXPECT_EQ(left.read_number("adjoint", name), right.read_number("adjoint", name)) << name;
  EXPECT_EQ(left.read_integer("adjoint/optimizer", "step"),
            right.read_integer("adjoint/optimizer", "step"));
}

}  // namespace adjoint
