#include "framework/graph/arena.hpp"

#include <gtest/gtest.h>

#include "framework/tensor/random.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {
namespace {

std::vector<Buffer> random_buffers(std::uint32_t index) {
  Random random({.seed = 1, .index = index});
  std::vector<Buffer> buffers(1 + random.below(60));
  for (Buffer& buffer : buffers) {
    buffer.size = static_cast<Index>(random.below(random.below(2) ? 40 : 4000));
    buffer.first = static_cast<Index>(random.below(50));
    buffer.last = buffer.first + static_cast<Index>(random.below(12));
  }
  return buffers;
}

TEST(Arena, KeepsBuffersApartThatLiveTogether) {
  for (std::uint32_t round = 0; round < 200; ++round) {
    std::vector<Buffer> buffers = random_buffers(round);
    const Index arena = place_buffers(buffers);
    for (const Buffer& a : buffers) {
      ASSERT_GE(a.offset, 0);
      ASSERT_LE(a.offset + a.size, arena);
      ASSERT_EQ(a.offset * sizeof(Real) % 64, 0U);
      for (const Buffer& b : buffers) {
        if (&a == &b || a.first > b.last || b.first > a.last || a.size == 0 || b.size == 0)
          continue;
        ASSERT_TRUE(a.offset + a.size <= b.offset || b.offset + b.size <= a.offset) << round;
      }
    }
    ASSERT_GE(arena, peak_demand(buffers));
  }
}

TEST(Arena, GivesOneLifeAfterAnotherTheSamePlace) {
  std::vector<Buffer> buffers{{.size = 64, .first = 0, .last = 1},
                              {.size = 64, .first = 1, .last = 2},
                              {.size = 64, .first = 2, .last = 3},
                              {.size = 64, .first = 3, .last = 4}};
  EXPECT_EQ(place_buffers(buffers), 128);
  EXPECT_EQ(peak_demand(buffers), 128);
  EXPECT_EQ(buffers[0].offset, buffers[2].offset);
}

TEST(Arena, FillsTheGapBetweenTwoBuffers) {
  std::vector<Buffer> buffers{{.size = 640, .first = 0, .last = 9},
                              {.size = 320, .first = 0, .last = 4},
                              {.size = 160, .first = 0, .last = 9},
                              {.size = 64, .first = 5, .last = 9}};
  EXPECT_EQ(place_buffers(buffers), 640 + 320 + 160);
  EXPECT_EQ(buffers[3].offset, 640);
}

}  // namespace
}  // namespace adjoint
