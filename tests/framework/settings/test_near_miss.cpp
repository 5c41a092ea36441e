#include <gtest/gtest.h>

#include <vector>

#include "framework/settings/near_miss.hpp"

namespace adjoint {
namespace {

TEST(NearMiss, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("trainig", "training"), 1);
  EXPECT_EQ(edit_distance("adma", "adam"), 1);
  EXPECT_EQ(edit_distance("flaw", "lawn"), 2);
}

TEST(NearMiss, NamesWhatWasProbablyMeant) {
  const std::vector<std::string> names{"filters", "kernel_size", "strides", "Conv2D",
                                       "Conv2DTranspose"};
  EXPECT_EQ(nearest_name("filter", names), "filters");
  EXPECT_EQ(nearest_name("conv2d", names), "Conv2D");
  EXPECT_EQ(nearest_name("Conv2dTranspos", names), "Conv2DTranspose");
  EXPECT_EQ(nearest_name("kernel", names), "kernel_size");
  EXPECT_EQ(nearest_name("colour", names), "");
  EXPECT_EQ(nearest_name("x", std::vector<std::string>{"h", "w"}), "");
  EXPECT_EQ(nearest_name(std::string(100, 'x'), std::vector{std::string(100, 'y')}), "");
}

}  // namespace
}  // namespace adjoint
