#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "datasets/corruption.hpp"
#include "datasets/dataset.hpp"

namespace adjoint {

struct LoaderOptions {
  Index batch_size = 32;
  std::uint64_t seed = 0;
  /// true: shuffled anew in each epoch, with new noise (training). false: in the dataset's order,
  /// with the same images and the same noise in every epoch (validation).
  bool shuffle = true;
};

/// Some samples and what they should become. The views show one buffer if nothing is corrupted.
struct Batch {
  Index number = 0;  // within its epoch
  ConstView input;   // (count, height, width, channels)
  ConstView target;  // the same shape
  Index count() const { return input.shape[0]; }
};

/// Batches of a dataset, read and corrupted ahead by a thread of its own into three buffers that
/// are used in turn. The contents of a batch are a pure function of dataset, options, epoch and
/// number.
///
///     loader.start(epoch);
///     while (const Batch* batch = loader.next()) step(*batch);
class Loader {
 public:
  Loader(DatasetPtr dataset, std::vector<CorruptionSpec> corruptions, const LoaderOptions& options);
  /// Stops at once, whatever has been read.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Batches of an epoch; the last one may be short.
  Index batches() const;
  /// Begins an epoch at one of its batches; what is left of the epoch before is dropped.
  void start(std::uint32_t epoch, Index first_batch = 0);
  /// The next batch, valid until the next call; null after the last one. Throws what reading threw.
  const Batch* next();

 private:
  static constexpr Index kBuffers = 3;
  struct Buffer {
    Tensor input;
    Tensor target;
    Batch batch;
  };

  void stop();
  void read_ahead(Index first_batch);
  void fill(Index number, Buffer& buffer) const;
  Buffer& buffer(Index number) { return buffers_[static_cast<std::size_t>(number % kBuffers)]; }

  DatasetPtr dataset_;
  std::vector<CorruptionSpec> corruptions_;
  LoaderOptions options_;
  std::array<Buffer, kBuffers> buffers_;

  std::uint32_t epoch_ = 0;
  std::vector<Index> order_;  // of the samples in this epoch

  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Under the mutex: batches filled so far, batches handed out so far (numbers within the epoch),
  // the wish to stop, and what reading threw.
  Index filled_ = 0;
  Index handed_ = 0;
  std::atomic<bool> stopping_ = false;
  std::exception_ptr failure_;
};

}  // namespace adjoint
