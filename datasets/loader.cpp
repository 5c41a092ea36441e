#include "datasets/loader.hpp"

#include <algorithm>
#include <numeric>

#include "framework/tensor/error.hpp"

namespace adjoint {

Loader::Loader(DatasetPtr dataset, std::vector<CorruptionSpec> corruptions,
               const LoaderOptions& options)
    : dataset_(std::move(dataset)), corruptions_(std::move(corruptions)), options_(options) {
  if (options_.batch_size < 1) {
    throw InputError("the batch size must be at least 1, got {}", options_.batch_size);
  }
  const Shape shape = dataset_->shape().batched(std::min(options_.batch_size, dataset_->size()));
  for (Buffer& buffer : buffers_) {
    buffer.target = make_tensor(shape);
    if (!corruptions_.empty()) buffer.input = make_tensor(shape);
  }
  handed_ = batches();  // nothing before start()
}

Loader::~Loader() {
  stop();
}

Index Loader::batches() const {
  return (dataset_->size() + options_.batch_size - 1) / options_.batch_size;
}

void Loader::start(std::uint32_t epoch, Index first_batch) {
  stop();
  if (options_.shuffle) {
    epoch_ = epoch;
    order_ = permutation(dataset_->size(),
                         {.seed = options_.seed, .purpose = Purpose::shuffle, .epoch = epoch});
  } else {
    epoch_ = kFixedEpoch;
    order_.resize(static_cast<std::size_t>(dataset_->size()));
    std::iota(order_.begin(), order_.end(), Index{0});
  }
  filled_ = handed_ = first_batch;
  stopping_ = false;
  failure_ = nullptr;
  reader_ = std::thread([this, first_batch] { read_ahead(first_batch); });
}

void Loader::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (reader_.joinable()) reader_.join();
}

const Batch* Loader::next() {
  std::unique_lock lock(mutex_);
  if (handed_ >= batches()) return nullptr;
  changed_.wait(lock, [&] { return filled_ > handed_ || failure_; });
  if (filled_ == handed_) std::rethrow_exception(failure_);
  const Batch& batch = buffer(handed_).batch;
  ++handed_;  // gives the buffer of the batch before back to the reader
  lock.unlock();
  changed_.notify_all();
  return &batch;
}

void Loader::read_ahead(Index first_batch) {
  try {
    for (Index number = first_batch; number < batches(); ++number) {
      {
        // The consumer holds one buffer: the last one handed out.
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || number < handed_ + kBuffers - 1; });
        if (stopping_) return;
      }
      fill(number, buffer(number));
      std::lock_guard lock(mutex_);
      filled_ = number + 1;
      changed_.notify_all();
    }
  } catch (...) {
    std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

void Loader::fill(Index number, Buffer& buffer) const {
  const Index first = number * options_.batch_size;
  const Index count = std::min(options_.batch_size, dataset_->size() - first);
  const View target = view(buffer.target).slice(0, count);
  const View input = corruptions_.empty() ? target : view(buffer.input).slice(0, count);
  const Shape shape = dataset_->shape();
  for (Index i = 0; i < count && !stopping_; ++i) {
    const Index index = order_[static_cast<std::size_t>(first + i)];
    const View clean = target.slice(i, 1).reshaped(shape);
    dataset_->read(index, epoch_, clean);
    if (corruptions_.empty()) continue;
    const View noisy = input.slice(i, 1).reshaped(shape);
    std::copy_n(clean.data, clean.size(), noisy.data);
    corrupt(corruptions_, options_.seed, epoch_, index, noisy);
  }
  buffer.batch = {.number = number, .input = input, .target = target};
}

}  // namespace adjoint
