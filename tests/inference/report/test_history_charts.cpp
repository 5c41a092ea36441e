#include <gtest/gtest.h>

#include <cmath>

#include "inference/report/history_charts.hpp"

namespace adjoint {
namespace {

const History kHistory{
    .columns = {"epoch", "loss", "psnr", "validation_loss", "validation_psnr", "input_psnr",
                "validation_ssim", "learning_rate", "seconds", "loader_wait"},
    .rows = {{1, 0.5, 20, 0.4, 21, 15, 0.8, 0.01, 3, 0},
             {2, 0.3, 22, 0.2, 23, 15, 0.9, 0.01, 8, 0}}};

const LineChart* find(const std::vector<LineChart>& charts, const std::string& title) {
  for (const LineChart& chart : charts)
    if (chart.title == title) return &chart;
  return nullptr;
}

TEST(HistoryCharts, ShowTrainingAndValidationTogether) {
  const std::vector<LineChart> charts = history_charts(kHistory, 2);
  ASSERT_EQ(charts.size(), 3U);
  const LineChart* loss = find(charts, "loss");
  ASSERT_TRUE(loss);
  ASSERT_EQ(loss->lines.size(), 2U);
  EXPECT_EQ(loss->lines[0].name, "validation");
  EXPECT_EQ(loss->lines[0].values, (std::vector{0.4, 0.2}));
  EXPECT_EQ(loss->lines[1].name, "training");
  EXPECT_EQ(loss->at, (std::vector{1.0, 2.0}));
  EXPECT_EQ(loss->marked->at, 2);
  const LineChart* psnr = find(charts, "PSNR (dB)");
  ASSERT_TRUE(psnr);
  ASSERT_EQ(psnr->lines.size(), 3U);
  EXPECT_EQ(psnr->lines[2].values, (std::vector{15.0, 15.0}));
  ASSERT_TRUE(find(charts, "SSIM"));
}

TEST(HistoryCharts, TakeTheTimesOfEpochsFromTheirSum) {
  const std::vector<LineChart> charts = pace_charts(kHistory);
  ASSERT_TRUE(find(charts, "learning rate"));
  const LineChart* seconds = find(charts, "seconds per epoch");
  ASSERT_TRUE(seconds);
  EXPECT_EQ(seconds->lines[0].values, (std::vector{3.0, 5.0}));
}

TEST(HistoryCharts, LeaveOutWhatWasNotMeasured) {
  History history{.columns = {"epoch", "loss", "validation_psnr"}, .rows = {{1, 0.5, NAN}}};
  const std::vector<LineChart> charts = history_charts(history, 0);
  ASSERT_EQ(charts.size(), 1U);
  EXPECT_EQ(charts[0].title, "loss");
  EXPECT_FALSE(charts[0].marked);
  EXPECT_TRUE(history_charts({}, 0).empty());
  EXPECT_TRUE(pace_charts({}).empty());
}

}  // namespace
}  // namespace adjoint
