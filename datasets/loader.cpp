#include "datasets/loader.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "datasets/shuffle.hpp"
#include "framework/parallel/start_threads.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

void Batch::undo_normalization(Index first, View outputs) const {
  if (!normalization) return;
  const std::size_t own = contrasts.size() / static_cast<std::size_t>(count());
  normalization->undo(contrasts.subspan(static_cast<std::size_t>(first) * own,
                                        static_cast<std::size_t>(outputs.shape[0]) * own),
                      outputs);
}

Loader::Loader(DatasetPtr dataset, std::vector<CorruptionSpec> corruptions,
               const LoaderOptions& options)
    : dataset_(std::move(dataset)),
      corruptions_(std::move(corruptions)),
      options_(options),
      target_shape_(options_.augmentation.output_shape(dataset_->shape())),
      input_shape_(corrupted_shape(corruptions_, target_shape_)) {
  if (options_.batch_size < 1) {
    throw InputError("the batch size must be at least 1, got {}", options_.batch_size);
  }
  if (options_.threads < 1)
    throw InputError("the loader needs at least 1 thread, got {}", options_.threads);
  const Index most = std::min(options_.batch_size, dataset_->size());
  const Index last = options_.last < 0 ? most : std::min(options_.last, most);
  own_ = std::max<Index>(last - options_.first, 0);
  const Index count = own_;
  for (Buffer& buffer : buffers_) {
    buffer.images = make_samples(count);
    if (normalizes()) buffer.numbers = make_samples(count);
    buffer.contrasts.resize(static_cast<std::size_t>(count));
  }
  handed_ = batches();  // nothing before start()
}

Loader::~Loader() {
  stop();
}

Loader::Samples Loader::make_samples(Index count) const {
  return {.input = separate_input() ? make_tensor(input_shape_.batched(count)) : Tensor(),
          .target = make_tensor(target_shape_.batched(count))};
}

Index Loader::batches() const {
  return (dataset_->size() + options_.batch_size - 1) / options_.batch_size;
}

void Loader::start(std::uint32_t epoch, Index first_batch) {
  stop();
  if (first_batch < 0 || first_batch > batches()) {
    throw InputError("an epoch of {} batches cannot begin at batch {}", batches(), first_batch);
  }
  if (options_.shuffle) {
    epoch_ = epoch;
    order_ = shuffled_order(*dataset_,
                            {.seed = options_.seed, .purpose = Purpose::shuffle, .epoch = epoch});
  } else {
    epoch_ = kFixedEpoch;
    order_.resize(static_cast<std::size_t>(dataset_->size()));
    std::iota(order_.begin(), order_.end(), Index{0});
  }
  begun_ = handed_ = first_batch;
  position_ = first_batch * own_;
  waited_ = 0;
  stopping_ = false;
  failure_ = nullptr;
  start_threads(readers_, 0, options_.threads, [this](int) { read_ahead(); });
}

void Loader::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& reader : readers_) reader.join();
  readers_.clear();
}

const Batch* Loader::next() {
  std::unique_lock lock(mutex_);
  if (handed_ >= batches()) return nullptr;
  if (count(handed_) == 0) begin_batch(handed_);  // which no reader does
  const auto decided = [&] { return filled(handed_) || (failure_ && failed_ / own_ == handed_); };
  if (!decided()) {
    const auto start = std::chrono::steady_clock::now();
    while (readers_.empty() && !decided()) read_one(lock);
    ready_.wait(lock, decided);
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  if (!filled(handed_)) std::rethrow_exception(failure_);
  const Batch& batch = buffer(handed_).batch;
  ++handed_;  // gives the buffer of the batch before back to the readers
  lock.unlock();
  room_.notify_all();
  return &batch;
}

void Loader::read_ahead() {
  std::unique_lock lock(mutex_);
  while (true) {
    // The consumer holds one buffer: the last one handed out.
    room_.wait(lock, [&] {
      return stopping_ || failure_ || position_ >= end() ||
             position_ / own_ < handed_ + kBuffers - 1;
    });
    if (stopping_ || failure_ || position_ >= end()) return;
    read_one(lock);
  }
}

/// Reads the next sample, for which there is room, with the lock open meanwhile.
void Loader::read_one(std::unique_lock<std::mutex>& lock) {
  const Index position = position_++;
  const Index number = position / own_;
  if (number == begun_) begin_batch(number);
  lock.unlock();
  std::exception_ptr failure;
  try {
    fill(position);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  if (!failure) {
    if (--buffer(number).left == 0) ready_.notify_one();
    return;
  }
  // Whatever stands before this sample has been taken by some thread, and will be there.
  if (!failure_ || position < failed_) {
    failed_ = position;
    failure_ = failure;
  }
  ready_.notify_one();
  room_.notify_all();
}

void Loader::begin_batch(Index number) {
  const Index count = this->count(number);
  Buffer& to = buffer(number);
  const auto target = [&](Samples& of) { return view(of.target).slice(0, count); };
  const auto input = [&](Samples& of) {
    return separate_input() ? view(of.input).slice(0, count) : target(of);
  };
  Samples& numbers = normalizes() ? to.numbers : to.images;
  to.batch = {.number = number,
              .total = total(number),
              .input = input(numbers),
              .target = target(numbers),
              .input_image = input(to.images),
              .target_image = target(to.images),
              .normalization = options_.normalization,
              .contrasts = std::span(to.contrasts).first(static_cast<std::size_t>(count))};
  to.left = count;
  begun_ = number + 1;
}

void Loader::fill(Index position) {
  const Index number = position / own_;
  Buffer& to = buffer(number);
  const Index place = position % own_;
  const Index index =
      order_[static_cast<std::size_t>(number * options_.batch_size + options_.first + place)];
  const View target = view(to.images.target).slice(place, 1).reshaped(target_shape_);
  View input = target;
  read(index, &Dataset::read, target);
  if (separate_input()) {
    input = view(to.images.input).slice(place, 1).reshaped(input_shape_);
    Tensor own;  // what a pair has as its input
    if (dataset_->paired()) {
      own = make_tensor(target_shape_);
      read(index, &Dataset::read_input, view(own));
    }
    const ConstView seen = dataset_->paired() ? view(std::as_const(own)) : ConstView(target);
    std::ranges::copy(corrupted(corruptions_, options_.seed, epoch_, index, seen), input.data);
  }
  if (!normalizes()) return;
  Contrast& contrast = to.contrasts[static_cast<std::size_t>(place)];
  contrast = options_.normalization->contrast(input);
  const auto normalize = [&](ConstView image, Tensor& numbers) {
    const View own = view(numbers).slice(place, 1);
    std::ranges::copy(image.flat(), own.data);
    options_.normalization->apply(contrast, own.reshaped(image.shape));
  };
  normalize(target, to.numbers.target);
  if (separate_input()) normalize(input, to.numbers.input);
}

void Loader::read(Index index, Read read, View image) const {
  const Augmentation& augmentation = options_.augmentation;
  if (!augmentation.any()) return ((*dataset_).*read)(index, epoch_, image);
  Tensor whole = make_tensor(dataset_->shape());
  ((*dataset_).*read)(index, epoch_, view(whole));
  std::ranges::copy(
      augmented(augmentation, options_.seed, epoch_, index, view(std::as_const(whole))),
      image.data);
}

}  // namespace adjoint
