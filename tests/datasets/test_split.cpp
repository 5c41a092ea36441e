#include "datasets/split.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "framework/tensor/error.hpp"
#include "tests/datasets/counting_dataset.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<Real> all_of(const Dataset& dataset) {
  std::vector<Real> all;
  for (Index i = 0; i < dataset.size(); ++i) all.push_back(sample_of(dataset, i)(0, 0, 0));
  return all;
}

TEST(Split, HoldsOutTheFractionAndLosesNothing) {
  const auto whole = std::make_shared<CountingDataset>(100);
  const Split split = split_dataset(whole, 0.1, 7);
  std::vector<Real> all = all_of(*split.validation);
  EXPECT_EQ(all.size(), 10U);
  const std::vector<Real> train = all_of(*split.train);
  all.insert(all.end(), train.begin(), train.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, all_of(*whole));
}

TEST(Split, IsAFunctionOfTheSeed) {
  const auto whole = std::make_shared<CountingDataset>(100);
  const auto held_out = [&](std::uint64_t seed) {
    return all_of(*split_dataset(whole, 0.2, seed).validation);
  };
  EXPECT_EQ(held_out(1), held_out(1));
  EXPECT_NE(held_out(1), held_out(2));
}

TEST(Split, KeepsThePatchesOfAnImageTogether) {
  const auto whole = std::make_shared<CountingDataset>(30, 3);
  const Split split = split_dataset(whole, 0.5, 1);
  EXPECT_EQ(split.train->size(), 15);
  const std::vector<Real> held_out = all_of(*split.validation);
  ASSERT_EQ(held_out.size(), 15U);
  for (std::size_t i = 0; i < 15; i += 3) {
    EXPECT_EQ(static_cast<Index>(held_out[i]) % 3, 0);
    EXPECT_EQ(held_out[i + 1], held_out[i] + 1);
    EXPECT_EQ(held_out[i + 2], held_out[i] + 2);
  }
}

TEST(Split, OfNothingHoldsOutNothing) {
  const auto whole = std::make_shared<CountingDataset>(5);
  const Split split = split_dataset(whole, 0, 1);
  EXPECT_EQ(split.train, whole);
  EXPECT_EQ(split.validation, nullptr);
}

TEST(Split, HoldsOutAtLeastOneAndLeavesSome) {
  EXPECT_EQ(split_dataset(std::make_shared<CountingDataset>(3), 0.01, 1).validation->size(), 1);
  const auto one = std::make_shared<CountingDataset>(1);
  EXPECT_THAT([&] { split_dataset(one, 0.1, 1); },
              ThrowsMessage<InputError>(HasSubstr("leaves none of the 1 image to train on")));
  EXPECT_THAT([&] { split_dataset(one, 1.5, 1); }, ThrowsMessage<InputError>(HasSubstr("got 1.5")));
}

}  // namespace
}  // namespace adjoint
