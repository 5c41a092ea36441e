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
  check_target();
  const Index most = std::min(options_.batch_size, dataset_->size());
  const Index last = options_.last < 0 ? most : std::min(options_.last, most);
  own_ = std::max<Index>(last - options_.first, 0);
  const Index count = own_;
  for (Buffer& buffer : buffers_) {
    buffer.images = make_samples(count);
    if (normalizes()) buffer.numbers = make_samples(count);
    if (has_blind_spots()) {
      Shape mask = target_shape_.batched(count);
      mask[-1] = 1;
      buffer.mask = make_tensor(mask);
    }
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

/// Throws InputError unless the data give the targets that are asked for.
void Loader::check_target() const {
  const TargetKind kind = options_.target.kind;
  if (kind == TargetKind::clean) return;
  if (!(input_shape_ == target_shape_)) {
    throw InputError(
        "training.target = \"{}\": the corruptions make images of {} from {}, expected one size, "
        "because one noisy image is compared with another; leave out the corruption that shrinks",
        name_of(kind), to_string(input_shape_), to_string(target_shape_));
  }
  if (kind != TargetKind::noise2noise || dataset_->paired() != !corruptions_.empty()) return;
  throw InputError(
      "training.target = \"noise2noise\" needs two noisy versions of each image, and there {}",
      dataset_->paired() ? "are two ways to make them, pairs and [[corruption]]; leave one out"
                         : "is one: add the [[corruption]] that makes the noise, or take "
                           "data.source = \"pairs\", two folders of noisy images of the same "
                           "scenes; with one noisy image a scene, take \"noise2void\"");
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
  to.batch = {
      .number = number,
      .total = total(number),
      .input = input(numbers),
      .target = target(numbers),
      .input_image = input(to.images),
      .target_image = target(to.images),
      .mask = has_blind_spots() ? view(std::as_const(to.mask)).slice(0, count) : ConstView{},
      .has_reference = options_.target.kind == TargetKind::clean,
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
  if (separate_input()) {
    input = view(to.images.input).slice(place, 1).reshaped(input_shape_);
    const Shape mask{target_shape_[0], target_shape_[1], 1};
    read_pair(index, input, target,
              has_blind_spots() ? view(to.mask).slice(place, 1).reshaped(mask) : View{});
  } else {
    read(index, Side::clean, target);
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

/// What the model sees of a sample, and its target, which differ; with a mask, where pixels are
/// hidden.
void Loader::read_pair(Index index, View input, View target, View mask) const {
  const bool blind = has_blind_spots(), own_input = dataset_->paired() && !blind;
  const Side side = target_side(index);
  read(index, side, target);
  Tensor own;  // what a pair has as its input
  if (own_input) {
    own = make_tensor(target_shape_);
    read(index, side == Side::clean ? Side::noisy : Side::clean, view(own));
  }
  const ConstView seen = own_input ? view(std::as_const(own)) : ConstView(target);
  std::ranges::copy(corrupted(corruptions_, options_.seed, epoch_, index, seen), input.data);
  if (options_.target.kind == TargetKind::noise2noise && !corruptions_.empty()) {
    std::ranges::copy(
        corrupted(corruptions_, options_.seed, epoch_, index, target, Purpose::second_corruption),
        target.data);
  }
  if (!blind) return;
  std::ranges::copy(input.flat(), target.data);
  options_.target.blind_spots.hide(Random({.seed = options_.seed,
                                           .purpose = Purpose::blind_spots,
                                           .epoch = epoch_,
                                           .index = static_cast<std::uint32_t>(index)}),
                                   target, input, mask);
}

Loader::Side Loader::target_side(Index index) const {
  if (!dataset_->paired() || options_.target.kind == TargetKind::clean) return Side::clean;
  if (has_blind_spots()) return Side::noisy;
  // Noise2Noise: either one, anew in each epoch.
  Random random({.seed = options_.seed,
                 .purpose = Purpose::pair_order,
                 .epoch = epoch_,
                 .index = static_cast<std::uint32_t>(index)});
  return random.below(2) == 0 ? Side::clean : Side::noisy;
}

void Loader::read(Index index, Side side, View image) const {
  const auto read = [&](View to) {
    if (side == Side::clean)
      dataset_->read(index, epoch_, to);
    else
      dataset_->read_input(index, epoch_, to);
  };
  const Augmentation& augmentation = options_.augmentation;
  if (!augmentation.any()) return read(image);
  Tensor whole = make_tensor(dataset_->shape());
  read(view(whole));
  std::ranges::copy(
      augmented(augmentation, options_.seed, epoch_, index, view(std::as_const(whole))),
      image.data);
}

}  // namespace adjoint
