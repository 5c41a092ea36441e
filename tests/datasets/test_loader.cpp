#include "datasets/loader.hpp"

#include <gmock/gmock.h>

#include <barrier>
#include <latch>
#include <mutex>
#include <set>
#include <utility>

#include "datasets/corruptions/downsample.hpp"
#include "datasets/corruptions/gaussian_noise.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/counting_dataset.hpp"
#include "tests/datasets/files.hpp"
#include "tests/support/fail_threads.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<CorruptionSpec> kWeakNoise{{GaussianNoise{{0.1, 0.3}}}};

struct Copy {
  Tensor input;
  Tensor target;
  bool operator==(const Copy&) const = default;
};

/// All batches from one on, copied as they come.
std::vector<Copy> rest_of(Loader& loader, std::uint32_t epoch, Index first = 0) {
  std::vector<Copy> batches;
  loader.start(epoch, first);
  while (const Batch* batch = loader.next()) {
    EXPECT_EQ(batch->number, first + static_cast<Index>(batches.size()));
    batches.push_back({copy_of(batch->input), copy_of(batch->target)});
  }
  return batches;
}

/// The first pixel of every target, in order.
std::vector<int> order_of(const std::vector<Copy>& batches) {
  std::vector<int> order;
  for (const Copy& batch : batches) {
    for (std::size_t i = 0; i < batch.target.shape(0); ++i) {
      order.push_back(static_cast<int>(batch.target(i, 0, 0, 0)));
    }
  }
  return order;
}

Loader counting_loader(Index size, Index batch_size, bool shuffle = true, int threads = 1) {
  return {std::make_shared<CountingDataset>(size),
          kWeakNoise,
          {.batch_size = batch_size, .seed = 3, .shuffle = shuffle, .threads = threads}};
}

TEST(Loader, GivesEverySampleOnceInAnOrderThatEveryEpochRenews) {
  Loader loader = counting_loader(50, 8);
  EXPECT_EQ(loader.batches(), 7);
  const auto batches = rest_of(loader, 0);
  ASSERT_EQ(batches.size(), 7U);
  EXPECT_EQ(shape_of(batches[0].target), (Shape{8, 2, 3, 1}));
  EXPECT_EQ(shape_of(batches[6].input), (Shape{2, 2, 3, 1}));
  const std::vector<int> order = order_of(batches);
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 50; ++i) ASSERT_EQ(sorted[static_cast<std::size_t>(i)], i);
  EXPECT_NE(order, sorted);
  EXPECT_NE(order_of(rest_of(loader, 1)), order);
}

/// Notes which samples were read.
class NotingDataset final : public CountingDataset {
 public:
  using CountingDataset::CountingDataset;
  void read(Index index, std::uint32_t epoch, View sample) const override {
    {
      const std::lock_guard lock(mutex_);
      read_.insert(index);
    }
    CountingDataset::read(index, epoch, sample);
  }
  std::set<Index> taken() const { return std::exchange(read_, {}); }

 private:
  mutable std::mutex mutex_;
  mutable std::set<Index> read_;
};

TEST(Loader, ReadsOnlyItsPartOfEachBatch) {
  const auto data = std::make_shared<NotingDataset>(50);
  const auto part_of = [&](Index first, Index last, int threads) {
    return Loader(data, kWeakNoise,
                  {.batch_size = 8, .seed = 3, .threads = threads, .first = first, .last = last});
  };
  Loader all = part_of(0, -1, 1);
  const auto whole = rest_of(all, 4);
  data->taken();
  for (const int threads : {1, 3}) {
    std::set<Index> seen;
    // The last batch has two samples: for the second part, none; the third has none at all.
    for (const auto& [first, last] : {std::pair<Index, Index>{0, 3}, {3, 8}, {8, 8}}) {
      Loader loader = part_of(first, last, threads);
      for (const Index start : {0, 5}) {
        loader.start(4, start);
        Index number = start;
        while (const Batch* batch = loader.next()) {
          ASSERT_EQ(batch->number, number);
          const Copy& expected = whole[static_cast<std::size_t>(number)];
          const auto total = static_cast<Index>(expected.target.shape(0));
          const Index count = std::clamp<Index>(total - first, 0, last - first);
          EXPECT_EQ(batch->total, total);
          ASSERT_EQ(batch->count(), count);
          if (count > 0) {
            EXPECT_EQ(copy_of(batch->input), copy_of(view(expected.input).slice(first, count)));
            EXPECT_EQ(copy_of(batch->target), copy_of(view(expected.target).slice(first, count)));
          }
          ++number;
        }
        EXPECT_EQ(number, 7);
      }
      for (const Index sample : data->taken()) EXPECT_TRUE(seen.insert(sample).second) << sample;
    }
    EXPECT_EQ(seen.size(), 50U);
  }
}

TEST(Loader, AnEpochRepeats) {
  Loader loader = counting_loader(50, 8);
  const auto first = rest_of(loader, 4);
  rest_of(loader, 5);
  EXPECT_EQ(rest_of(loader, 4), first);
  Loader another = counting_loader(50, 8);
  EXPECT_EQ(rest_of(another, 4), first);
}

TEST(Loader, GivesTheSameBatchesWithAnyNumberOfThreads) {
  Loader alone = counting_loader(50, 8);
  const auto expected = rest_of(alone, 4);
  for (const int threads : {2, 3, 8}) {
    Loader loader = counting_loader(50, 8, true, threads);
    for (int repeat = 0; repeat < 20; ++repeat) ASSERT_EQ(rest_of(loader, 4), expected);
    EXPECT_EQ(rest_of(loader, 4, 3), std::vector<Copy>(expected.begin() + 3, expected.end()));
  }
}

TEST(Loader, GivesTheSameBatchesIfTheSystemGivesFewerThreads) {
  Loader alone = counting_loader(50, 8);
  const auto expected = rest_of(alone, 4);
  for (const int given : {0, 1}) {
    Loader loader = counting_loader(50, 8, true, 3);
    allow_threads(given);
    const auto batches = rest_of(loader, 4);
    allow_threads(-1);
    EXPECT_EQ(batches, expected);
    EXPECT_EQ(rest_of(loader, 4), expected);
  }
}

/// Holds every reader until so many are inside at once.
class MeetingDataset : public CountingDataset {
 public:
  MeetingDataset(Index size, int readers) : CountingDataset(size), meeting_(readers) {}
  void read(Index index, std::uint32_t epoch, View sample) const override {
    meeting_.arrive_and_wait();
    CountingDataset::read(index, epoch, sample);
  }

 private:
  mutable std::barrier<> meeting_;
};

TEST(Loader, ReadsTheSamplesOfOneBatchAtTheSameTime) {
  Loader loader(std::make_shared<MeetingDataset>(12, 3), {}, {.batch_size = 6, .threads = 3});
  EXPECT_EQ(rest_of(loader, 0).size(), 2U);
}

/// Reads nothing until it is let go.
class GatedDataset : public CountingDataset {
 public:
  using CountingDataset::CountingDataset;
  void read(Index index, std::uint32_t epoch, View sample) const override {
    gate.wait();
    CountingDataset::read(index, epoch, sample);
  }
  mutable std::latch gate{1};
};

TEST(Loader, TellsHowLongItWasWaitedFor) {
  const auto data = std::make_shared<GatedDataset>(8);
  Loader loader(data, {}, {.batch_size = 4});
  loader.start(0);
  EXPECT_EQ(loader.waited(), 0);
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    data->gate.count_down();
  });
  loader.next();
  opener.join();
  // The consumer may have been late itself, but waits at all only for what is not there.
  EXPECT_GT(loader.waited(), 0);
  loader.start(1);
  EXPECT_EQ(loader.waited(), 0);
}

TEST(Loader, StartsInTheMiddleOfAnEpoch) {
  Loader loader = counting_loader(50, 8);
  const auto whole = rest_of(loader, 2);
  for (Index first = 0; first <= 7; ++first) {
    EXPECT_EQ(rest_of(loader, 2, first), std::vector<Copy>(whole.begin() + first, whole.end()));
  }
}

TEST(Loader, ReadingAheadLeavesTheBatchInUseAlone) {
  Loader loader = counting_loader(40, 4);
  const auto whole = rest_of(loader, 0);
  loader.start(0);
  for (const Copy& expected : whole) {
    const Batch* batch = loader.next();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the reader runs as far as it may
    EXPECT_EQ(copy_of(batch->input), expected.input);
    EXPECT_EQ(copy_of(batch->target), expected.target);
  }
}

TEST(Loader, UsesTheSameBuffersAgain) {
  Loader loader = counting_loader(40, 4);
  std::set<const Real*> inputs, targets;
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    loader.start(epoch);
    while (const Batch* batch = loader.next()) {
      inputs.insert(batch->input.data);
      targets.insert(batch->target.data);
    }
  }
  EXPECT_EQ(inputs.size(), 3U);
  EXPECT_EQ(targets.size(), 3U);
}

TEST(Loader, CorruptsTheInputAndKeepsTheTargetClean) {
  Loader loader = counting_loader(4, 4);
  loader.start(0);
  const Batch& batch = *loader.next();
  for (Index i = 0; i < 24; ++i) {
    EXPECT_EQ(batch.target[i], batch.target[i / 6 * 6]);
    EXPECT_NE(batch.input[i], batch.target[i]);
    EXPECT_NEAR(batch.input[i], batch.target[i], 2);
  }
  Loader clean(std::make_shared<CountingDataset>(4), {}, {});
  clean.start(0);
  const Batch& same = *clean.next();
  EXPECT_EQ(same.count(), 4);
  EXPECT_EQ(same.input.data, same.target.data);
}

/// The input of a sample is 500 more than its target.
class PairedDataset : public CountingDataset {
 public:
  using CountingDataset::CountingDataset;
  bool paired() const override { return true; }
  void read_input(Index index, std::uint32_t epoch, View input) const override {
    read(index, epoch, input);
    for (Real& x : input.flat()) x += 500;
  }
};

TEST(Loader, TakesTheInputOfAPairAndCorruptsThat) {
  Loader plain(std::make_shared<PairedDataset>(9), {}, {.batch_size = 4, .seed = 3});
  for (const Copy& batch : rest_of(plain, 0)) {
    for (std::size_t i = 0; i < batch.target.size(); ++i)
      ASSERT_EQ(batch.input.data()[i], batch.target.data()[i] + 500);
  }
  Loader noisy(std::make_shared<PairedDataset>(9), kWeakNoise, {.batch_size = 4, .seed = 3});
  for (const Copy& batch : rest_of(noisy, 0)) {
    for (std::size_t i = 0; i < batch.target.size(); ++i) {
      ASSERT_NE(batch.input.data()[i], batch.target.data()[i] + 500);
      ASSERT_NEAR(batch.input.data()[i], batch.target.data()[i] + 500, 3);
    }
  }
}

TEST(Loader, NewNoiseComesWithEachEpoch) {
  Loader loader = counting_loader(1, 1);
  EXPECT_NE(rest_of(loader, 0)[0].input, rest_of(loader, 1)[0].input);
}

TEST(Loader, WithoutShufflingEveryEpochIsTheSame) {
  Loader loader(std::make_shared<CountingDataset>(5, 1, true), kWeakNoise,
                {.batch_size = 2, .seed = 3, .shuffle = false});
  const auto first = rest_of(loader, 0);
  const int fixed = 1000 * (kFixedEpoch % 1000);
  EXPECT_THAT(order_of(first), ElementsAre(fixed, fixed + 1, fixed + 2, fixed + 3, fixed + 4));
  EXPECT_EQ(rest_of(loader, 1), first);
  Loader training(std::make_shared<CountingDataset>(5, 1, true), kWeakNoise, {.batch_size = 2});
  EXPECT_GE(order_of(rest_of(training, 1))[0], 1000);
}

/// Sample i is 2 x 3 pixels: i, i + 0.1, ...
class GradientDataset : public CountingDataset {
 public:
  using CountingDataset::CountingDataset;
  void read(Index index, std::uint32_t /*epoch*/, View sample) const override {
    for (Index i = 0; i < 6; ++i)
      sample[i] = static_cast<Real>(static_cast<double>(index) + 0.1 * static_cast<double>(i));
  }
};

TEST(Loader, AugmentsTrainingImagesAndCutsTheOthersToTheirSize) {
  const Augmentation crop{.random_crop = Extent2{1, 1}};
  std::set<int> places;  // of the pixel that is left
  Loader training(std::make_shared<GradientDataset>(40), {},
                  {.batch_size = 7, .augmentation = crop});
  EXPECT_EQ(training.target_shape(), (Shape{1, 1, 1}));
  for (const Copy& batch : rest_of(training, 0)) {
    EXPECT_EQ(shape_of(batch.target).sample(), (Shape{1, 1, 1}));
    for (const Real x : batch.target) places.insert(static_cast<int>(std::lround(x * 10)) % 10);
  }
  EXPECT_EQ(places, (std::set<int>{0, 1, 2, 3, 4, 5}));
  Loader validation(std::make_shared<GradientDataset>(2), {},
                    {.batch_size = 7, .shuffle = false, .augmentation = crop});
  const std::vector<Copy> batches = rest_of(validation, 0);
  EXPECT_NEAR(batches[0].target.data()[0], 0.1, 1e-6);
  EXPECT_NEAR(batches[0].target.data()[1], 1.1, 1e-6);
}

TEST(Loader, GivesTheModelASmallerImageThanItsTarget) {
  class Blocks : public CountingDataset {
   public:
    using CountingDataset::CountingDataset;
    Shape shape() const override { return {4, 6, 1}; }
  };
  Loader loader(std::make_shared<Blocks>(5), {{Downsample{.keep_size = false}}},
                {.batch_size = 2, .shuffle = false});
  EXPECT_EQ(loader.input_shape(), (Shape{2, 3, 1}));
  loader.start(0);
  const Batch& batch = *loader.next();
  EXPECT_EQ(batch.input.shape, (Shape{2, 2, 3, 1}));
  EXPECT_EQ(batch.target.shape, (Shape{2, 4, 6, 1}));
  EXPECT_EQ(batch.input[0], 0);
  EXPECT_EQ(batch.input[6], 1);
}

TEST(Loader, GivesNothingBeforeItIsStarted) {
  Loader loader = counting_loader(5, 2);
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(Loader, StopsWhileItReadsAhead) {
  Loader loader = counting_loader(1000000, 2);
  loader.start(0);
  EXPECT_NE(loader.next(), nullptr);
  loader.start(1);
  EXPECT_NE(loader.next(), nullptr);
}

/// Fails at one sample.
class BrokenDataset : public CountingDataset {
 public:
  using CountingDataset::CountingDataset;
  void read(Index index, std::uint32_t epoch, View sample) const override {
    if (index == 5 && epoch == 0) throw InputError("sample 5 is broken");
    CountingDataset::read(index, epoch, sample);
  }
};

class BrokenLoader : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, BrokenLoader, testing::Values(1, 2, 5));

TEST_P(BrokenLoader, HandsOverWhatReadingThrew) {
  Loader loader(std::make_shared<BrokenDataset>(20), {}, {.batch_size = 1, .threads = GetParam()});
  const std::vector<Index> order = permutation(20, {.purpose = Purpose::shuffle});
  loader.start(0);
  // Every batch before the broken one still comes.
  for (Index i = 0; order[static_cast<std::size_t>(i)] != 5; ++i) {
    ASSERT_NE(loader.next(), nullptr);
  }
  const auto message = ThrowsMessage<InputError>(HasSubstr("sample 5 is broken"));
  EXPECT_THAT([&] { loader.next(); }, message);
  EXPECT_THAT([&] { loader.next(); }, message);
  EXPECT_EQ(rest_of(loader, 1).size(), 20U);  // and it can start again
}

TEST(Loader, HandsOverWhatReadingThrewIfTheSystemGivesNoThreads) {
  Loader loader(std::make_shared<BrokenDataset>(20), {}, {.batch_size = 20});
  allow_threads(0);
  loader.start(0);
  allow_threads(-1);
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_THAT([&] { loader.next(); }, ThrowsMessage<InputError>(HasSubstr("sample 5 is broken")));
  }
}

TEST(Loader, RefusesToBeginOutsideAnEpoch) {
  Loader loader = counting_loader(10, 4);
  for (const Index batch : {Index{-1}, Index{4}, Index{1} << 62}) {
    EXPECT_THAT([&] { loader.start(0, batch); },
                ThrowsMessage<InputError>(HasSubstr("an epoch of 3 batches cannot begin")));
  }
  loader.start(0, 3);
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(Loader, RefusesABatchOfNothing) {
  EXPECT_THAT([] { counting_loader(5, 0); },
              ThrowsMessage<InputError>(HasSubstr("at least 1, got 0")));
  EXPECT_THAT([] { counting_loader(5, 1, true, 0); },
              ThrowsMessage<InputError>(HasSubstr("at least 1 thread, got 0")));
}

}  // namespace
}  // namespace adjoint
