#include "inference/inspection/explain/walk_svg.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace adjoint {
namespace {

using testing::HasSubstr;
using testing::Not;
using Direction = Direction;

Index count(const std::string& text, std::string_view part) {
  Index found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Elements are closed in the order in which they were opened.
void expect_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (auto at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::string tag = xml.substr(at + 1, xml.find('>', at) - at - 1);
    if (tag.back() == '/') continue;
    if (tag.front() != '/') {
      open.push_back(tag.substr(0, tag.find_first_of(" >")));
      continue;
    }
    ASSERT_FALSE(open.empty());
    ASSERT_EQ(tag.substr(1), open.back());
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

TEST(WalkSvg, ShowsEveryStepOfAConvolution) {
  const std::string svg = walk_svg({});
  expect_well_formed(svg);
  EXPECT_THAT(svg, HasSubstr("  1·1 + 2·2 + 3·3<"));
  EXPECT_THAT(svg, HasSubstr("+ 9·7 + 10·8 + 11·9<"));
  for (const char* sum : {"= 348<", "= 393<", "= 528<", "= 573<"}) EXPECT_EQ(count(svg, sum), 1);
  EXPECT_THAT(svg, HasSubstr("values=\"0,0;0,0;44,0;44,0;0,44;0,44;44,44;44,44\""));
  EXPECT_EQ(count(svg, "class=\"tap\""), 9);
  EXPECT_EQ(count(svg, "class=\"padding\""), 0);
}

TEST(WalkSvg, DrawsThePadding) {
  const std::string svg = walk_svg({.padding = parse_padding("1")});
  expect_well_formed(svg);
  EXPECT_EQ(count(svg, "class=\"padding\""), 6 * 6 - 4 * 4);
  EXPECT_THAT(svg, HasSubstr("  0·1 + 0·2 + 0·3<"));
}

TEST(WalkSvg, AddsUpTheStampsOfATransposedConvolution) {
  const std::string svg = walk_svg({.direction = Direction::transpose,
                                    .input = {2, 2},
                                    .kernel = {2, 2},
                                    .input_values = {0, 1, 2, 3},
                                    .kernel_values = {4, 1, 2, 3}});
  expect_well_formed(svg);
  EXPECT_THAT(svg, HasSubstr("3·4 = 12   3·1 = 3<"));
  // The centre of the image collects 0·3, 1·2, 2·1 and 3·4; the last sum stays.
  for (const char* sum : {">2<animate", ">4<animate", ">16<animate"})
    EXPECT_GE(count(svg, sum), 1) << sum;
}

// Four steps and a rest take a fifth of the time each; the marks glide in a step's last quarter.
TEST(WalkSvg, ShowsASumWhileItsStampStands) {
  const std::string svg = walk_svg({.direction = Direction::transpose, .input = {2, 2}});
  EXPECT_THAT(svg, HasSubstr("values=\"hidden;visible;hidden\" keyTimes=\"0;0.20000;0.35000\""));
  EXPECT_THAT(svg, HasSubstr("keyTimes=\"0.00000;0.15000;0.20000;0.35000;"));
  EXPECT_THAT(svg, HasSubstr("<desc>features 2x2 -> image 4x4, kernel 3x3, stride 1x1"));
}

TEST(WalkSvg, NeedsNothingFromOutside) {
  const std::string svg = walk_svg({});
  EXPECT_EQ(count(svg, "http"), 1);  // the namespace
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
}

TEST(WalkSvg, ShortensTheSumsOfALargeKernel) {
  const std::string svg = walk_svg({.input = {12, 12}, .kernel = {12, 12}});
  expect_well_formed(svg);
  EXPECT_EQ(count(svg, "class=\"sum\""), 9);
}

}  // namespace
}  // namespace adjoint
