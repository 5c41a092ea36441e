#pragma once

#include "datasets/loader.hpp"
#include "datasets/split.hpp"
#include "train/config.hpp"

namespace adjoint {

class ThreadPool;

/// Time of training steps as a config asks for them, measured.
struct StepTime {
  Index steps = 0;       // that were measured
  double step = 0;       // seconds of one: the median, its images at hand
  Index batches = 0;     // steps of an epoch
  double epoch = 0;      // seconds, with validation, its images at hand
  Index parameters = 0;  // of the model
};

/// Takes training steps on the data of a config. Opens them and reads one batch, of few images,
/// for an image may take longer to read than a step to compute.
class StepTimer {
 public:
  /// Throws InputError where the data cannot be read.
  StepTimer(const Config& config, ThreadPool& pool);

  /// Takes steps with a config's model for so many seconds, a few at least; its data are the ones
  /// that were opened. A first step of `too_slow` seconds or more is the only one. Throws
  /// InputError where model and data do not fit together.
  StepTime measure(const Config& config, double seconds, double too_slow);

 private:
  ThreadPool& pool_;
  Split split_;
  Index batch_size_;
  Loader loader_;
  const Batch* batch_;
};

}  // namespace adjoint
