#include "inference/inspection/kernels/frequency_response.hpp"

#include <gmock/gmock.h>

#include "tests/inference/inspection/kernels.hpp"

namespace adjoint {
namespace {

using testing::Each;
using testing::FloatNear;

constexpr Index kMiddle = kFrequencies / 2;

Tensor response_of(const Tensor& kernel) {
  return frequency_response(view(kernel));
}

Real at(const Tensor& response, Index v, Index u) {
  return response.data()[v * kFrequencies + u];
}

TEST(FrequencyResponse, OfOneTapIsFlatWhereverItIs) {
  const Tensor corner = response_of(make_kernel({2, 2, 1, 1}, {3, 0, 0, 0}));
  EXPECT_THAT(corner, Each(FloatNear(9, 1e-4F)));
  EXPECT_THAT(response_of(make_kernel({2, 2, 1, 1}, {0, 0, 0, -3})), Each(FloatNear(9, 1e-4F)));
  // The mean distance from the middle of a square of side 1.
  EXPECT_NEAR(mean_frequency(corner), 0.3826, 2e-3);
}

TEST(FrequencyResponse, TellsMeansFromDifferences) {
  // |1 + e^iw|^2 = 2 + 2 cos w along the rows, whatever the column's frequency.
  const Tensor mean = response_of(make_kernel({1, 2, 1, 1}, {1, 1}));
  EXPECT_NEAR(at(mean, 0, kMiddle), 4, 1e-5);
  EXPECT_NEAR(at(mean, 5, 0), 0, 1e-5);
  EXPECT_NEAR(at(mean, kMiddle, kMiddle + kFrequencies / 4), 2, 1e-5);
  const Tensor difference = response_of(make_kernel({2, 1, 1, 1}, {1, -1}));
  EXPECT_NEAR(at(difference, kMiddle, 3), 0, 1e-5);
  EXPECT_NEAR(at(difference, 0, 3), 4, 1e-5);
  EXPECT_LT(mean_frequency(mean), mean_frequency(difference));
}

TEST(FrequencyResponse, AddsUpChannels) {
  const Tensor kernel = make_kernel({1, 2, 1, 2}, {1, 1, 1, -1});  // a mean and a difference
  EXPECT_THAT(frequency_response(view(kernel)), Each(FloatNear(4, 1e-4F)));
}

TEST(FrequencyResponse, OfZerosHasNoFrequency) {
  EXPECT_EQ(mean_frequency(response_of(make_kernel({1, 1, 1, 1}, {0}))), 0);
}

}  // namespace
}  // namespace adjoint
