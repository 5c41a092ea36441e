#include "datasets/sources/signal_dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

TEST(Signals, ReachFrom0To1AndRepeat) {
  const SignalDataset signals({1, 256}, 10, 3);
  EXPECT_EQ(signals.shape(), (Shape{1, 256, 1}));
  for (Index i = 0; i < 10; ++i) {
    const std::vector<Real> trace = values(sample_of(signals, i));
    EXPECT_EQ(std::ranges::min(trace), 0);
    EXPECT_EQ(std::ranges::max(trace), 1);
    EXPECT_EQ(values(sample_of(signals, i)), trace);
    EXPECT_NE(values(sample_of(signals, i, 1)), trace) << "another epoch";
    EXPECT_NE(values(sample_of(signals, (i + 1) % 10)), trace) << "another signal";
  }
}

// Beats come every 40 to 80 pixels: sharp waves stand out of what is mostly quiet.
TEST(Signals, Beat) {
  const SignalDataset signals({1, 400}, 5, 1);
  for (Index i = 0; i < 5; ++i) {
    const std::vector<Real> trace = values(sample_of(signals, i));
    int peaks = 0;
    for (std::size_t x = 1; x + 1 < trace.size(); ++x) {
      if (trace[x] > Real(0.65) && trace[x] >= trace[x - 1] && trace[x] > trace[x + 1]) ++peaks;
    }
    EXPECT_GE(peaks, 4);
    EXPECT_LE(peaks, 11);
  }
}

TEST(Signals, HaveIndependentRows) {
  const Tensor sample = sample_of(SignalDataset({2, 64}, 1, 1), 0);
  const std::vector<Real> all = values(sample);
  EXPECT_NE(std::vector<Real>(all.begin(), all.begin() + 64),
            std::vector<Real>(all.begin() + 64, all.end()));
}

}  // namespace
}  // namespace adjoint
