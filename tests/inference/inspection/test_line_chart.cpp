#include "inference/inspection/line_chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::Not;

// The chart's area goes from x = 44 to 408 and from y = 34, at the top, to 190.

TEST(LineChart, PutsValuesWhereTheirAxesHaveThem) {
  const std::string svg =
      line_chart_svg({.title = "a & b", .x = {0, 5, 20}, .lines = {{"the pair", {0, 0.5, 1}}}});
  // 5 of 20 is a quarter of the way; 0.5 of 1 is half of the height.
  EXPECT_THAT(svg, HasSubstr("points=\"44.0,190.0 135.0,112.0 408.0,34.0 \""));
  EXPECT_THAT(svg, HasSubstr("<title>a &amp; b</title>"));
  EXPECT_THAT(svg, HasSubstr(">20</text>"));
  EXPECT_THAT(svg, HasSubstr(">the pair</text>"));
}

TEST(LineChart, HasRoomForNegativeValues) {
  const std::string svg = line_chart_svg(
      {.title = "cosine", .x = {1, 2}, .lines = {{"one", {0, 0}}, {"other", {-0.4, 0.4}}}});
  EXPECT_THAT(svg, HasSubstr("<polyline class=\"line2\" points=\"44.0,190.0 408.0,34.0 \""));
  EXPECT_THAT(svg, HasSubstr("<polyline class=\"line1\" points=\"44.0,112.0 408.0,112.0 \""));
  EXPECT_THAT(svg, HasSubstr(">-0.4</text>"));
}

TEST(LineChart, DrawsOneValueAndNothingButZeros) {
  const std::string svg = line_chart_svg({.title = "t", .x = {1}, .lines = {{"one", {0}}}});
  EXPECT_THAT(svg, HasSubstr("points=\"226.0,190.0 \""));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace adjoint
