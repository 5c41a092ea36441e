#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "datasets/augmentation.hpp"
#include "datasets/corruption.hpp"
#include "datasets/dataset.hpp"
#include "datasets/normalization.hpp"
#include "datasets/target.hpp"

namespace adjoint {

/// How a loader makes batches.
struct LoaderOptions {
  Index batch_size = 32;
  std::uint64_t seed = 0;
  /// true: shuffled anew in each epoch, with new noise (training). false: in the dataset's order,
  /// with the same images and the same noise in every epoch (validation).
  bool shuffle = true;
  Augmentation augmentation = {};
  /// A target that is noisy, too, is drawn anew in each epoch, as all other noise is.
  Target target = {};
  /// Null: images stay in [0, 1]. It must outlive the loader, and change at most before start().
  const Normalization* normalization = nullptr;
  /// Threads that read and corrupt; batches do not depend on their number. If the system gives
  /// none, next() reads for itself.
  int threads = 1;
  /// Positions in each batch of the samples that are read, first ... last - 1: where several ranks
  /// share a batch. last = -1: all from `first` on.
  Index first = 0, last = -1;
};

/// Some samples and what they should become, as the model takes them and as images in [0, 1]. The
/// views show one buffer where that is the same: if nothing is normalized, or if nothing is
/// corrupted and the dataset is not paired.
struct Batch {
  Index number = 0;        // within its epoch
  Index total = 0;         // samples, with those that are not read here
  ConstView input;         // (count, height, width, channels), normalized
  ConstView target;        // the same shape, unless a corruption changes the size
  ConstView input_image;   // the same in [0, 1]
  ConstView target_image;  // likewise
  ConstView mask = {};     // (count, height, width, 1): 1 at blind spots, else 0; no data: none
  /// Whether the target is what a model should make of the input, so that PSNR tells something: not
  /// where it is noisy, too.
  bool has_reference = true;
  const Normalization* normalization = nullptr;
  std::span<const Contrast> contrasts;  // of each sample, as normalized

  Index count() const { return target.shape[0]; }
  /// Makes images in [0, 1] of what a model made of the samples from `first` on.
  void undo_normalization(Index first, View outputs) const;
};

/// Batches of a dataset, read and corrupted ahead, sample by sample, by threads of its own into
/// three buffers that are used in turn. The contents of a batch are a pure function of dataset,
/// options, epoch and number.
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

  /// Shape of one sample, without the batch.
  const Shape& input_shape() const { return input_shape_; }
  const Shape& target_shape() const { return target_shape_; }
  /// Batches of an epoch; the last one may be short.
  Index batches() const;
  /// Begins an epoch at one of its batches, 0 to batches(); what is left of the epoch before is
  /// dropped. Throws InputError for another one.
  void start(std::uint32_t epoch, Index first_batch = 0);
  /// The next batch, valid until the next call; null after the last one. Throws what reading threw.
  const Batch* next();
  /// Seconds that next() has waited since start().
  double waited() const { return waited_; }

 private:
  static constexpr Index kBuffers = 3;
  struct Samples {
    Tensor input;  // empty if it is the target
    Tensor target;
  };
  struct Buffer {
    Samples images;
    Samples numbers;  // the same normalized; empty if nothing is
    Tensor mask;      // empty if there are no blind spots
    std::vector<Contrast> contrasts;
    Batch batch;
    Index left = 0;  // samples that are not filled yet; under the mutex
  };

  /// Whether what the model sees differs from what it should make of it.
  bool separate_input() const {
    return dataset_->paired() || !corruptions_.empty() || has_blind_spots();
  }
  bool has_blind_spots() const { return options_.target.kind == TargetKind::noise2void; }
  bool normalizes() const { return options_.normalization && options_.normalization->any(); }
  Samples make_samples(Index count) const;
  void check_target() const;
  void stop();
  void read_ahead();
  void read_one(std::unique_lock<std::mutex>& lock);
  void begin_batch(Index number);
  void fill(Index position);
  /// The two images of a pair; alone, an image is the first.
  enum class Side { clean, noisy };
  /// The side that is the target of a sample.
  Side target_side(Index index) const;
  void read_pair(Index index, View input, View target, View mask) const;
  /// One image, augmented.
  void read(Index index, Side side, View image) const;
  bool filled(Index number) const { return number < begun_ && buffer(number).left == 0; }
  /// Samples in a batch, and those of them that are read.
  Index total(Index number) const {
    return std::min(options_.batch_size, dataset_->size() - number * options_.batch_size);
  }
  Index count(Index number) const {
    return std::clamp<Index>(total(number) - options_.first, 0, own_);
  }
  /// Samples to read in an epoch.
  Index end() const { return batches() == 0 ? 0 : (batches() - 1) * own_ + count(batches() - 1); }
  Buffer& buffer(Index number) { return buffers_[static_cast<std::size_t>(number % kBuffers)]; }
  const Buffer& buffer(Index number) const {
    return buffers_[static_cast<std::size_t>(number % kBuffers)];
  }

  DatasetPtr dataset_;
  std::vector<CorruptionSpec> corruptions_;
  LoaderOptions options_;
  Shape target_shape_;
  Shape input_shape_;
  Index own_;  // samples of a whole batch that are read
  std::array<Buffer, kBuffers> buffers_;

  std::uint32_t epoch_ = 0;
  std::vector<Index> order_;  // of the samples in this epoch

  double waited_ = 0;

  std::vector<std::thread> readers_;
  std::mutex mutex_;
  std::condition_variable room_;   // for the readers
  std::condition_variable ready_;  // for the consumer
  // Under the mutex, all within the epoch: the next sample to read (of those that are), batches
  // whose buffers are in use or were, batches handed out, the wish to stop, and what reading threw,
  // at the first sample that cannot be read.
  Index position_ = 0;
  Index begun_ = 0;
  Index handed_ = 0;
  bool stopping_ = false;
  Index failed_ = 0;
  std::exception_ptr failure_;
};

}  // namespace adjoint
