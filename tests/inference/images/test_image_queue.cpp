#include "inference/images/image_queue.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace adjoint {
namespace {

ImageQueue::Image one_pixel(Index number) {
  return {.number = number,
          .name = std::to_string(number),
          .pixels = make_tensor({1, 1, 1}, static_cast<Real>(number)),
          .output = make_tensor({1, 1, 1}, 0)};
}

TEST(ImageQueue, KeepsInOrderWhatThreadsWorkOut) {
  ThreadPool pool(3);
  ImageQueue queue(pool);
  std::vector<Index> kept;
  for (int round = 0; round < 2; ++round) {
    Index number = 0;
    while (!queue.is_full()) queue.add(one_pixel(number++));
    queue.run([](const ImageQueue::Image& image) { return 10 * image.number; },
              [&](const ImageQueue::Image& image, Index worked_out) {
                EXPECT_EQ(worked_out, 10 * image.number);
                kept.push_back(image.number);
              });
    EXPECT_FALSE(queue.is_full());
  }
  std::vector<Index> expected;
  for (Index i = 0; i < 24; ++i) expected.push_back(i % 12);
  EXPECT_EQ(kept, expected);
}

TEST(ImageQueue, IsFullOfOneLargeImage) {
  ThreadPool pool(2);
  ImageQueue queue(pool);
  queue.add({.pixels = make_tensor({3000, 1500, 1}), .output = make_tensor({3000, 1500, 1})});
  EXPECT_TRUE(queue.is_full());
}

TEST(ImageQueue, RethrowsTheFirstMistakeInOrder) {
  ThreadPool pool(3);
  for (int repeat = 0; repeat < 50; ++repeat) {
    ImageQueue queue(pool);
    for (Index i = 0; i < 12; ++i) queue.add(one_pixel(i));
    std::vector<Index> kept;
    EXPECT_THAT(
        [&] {
          queue.run(
              [](const ImageQueue::Image& image) {
                if (image.number % 4 == 3) throw std::runtime_error(image.name);
                return image.number;
              },
              [&](const ImageQueue::Image&, Index number) { kept.push_back(number); });
        },
        testing::ThrowsMessage<std::runtime_error>("3"));
    EXPECT_EQ(kept, (std::vector<Index>{0, 1, 2}));
  }
}

}  // namespace
}  // namespace adjoint
