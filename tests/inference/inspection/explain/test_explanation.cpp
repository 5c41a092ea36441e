#include "inference/inspection/explain/explanation.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using Direction = Direction;

TEST(Explanation, ShowsTheNumbersOfTheLiterature) {
  const std::string text =
      explain_text({.input = {4, 4}, .kernel = {3, 3}, .padding = parse_padding("0")});
  EXPECT_THAT(text, HasSubstr("Conv2D: image 4x4 -> features 2x2"));
  EXPECT_THAT(text, HasSubstr("height  floor((4 + 0 + 0 - 1*(3 - 1) - 1) / 1) + 1 = 2\n"));
  EXPECT_THAT(text, HasSubstr("The matrix A (4x16)"));
  EXPECT_THAT(text, HasSubstr("  1 2 3 0 4 5 6 0 7 8 9 0 0 0 0 0\n"
                              "  0 1 2 3 0 4 5 6 0 7 8 9 0 0 0 0\n"
                              "  0 0 0 0 1 2 3 0 4 5 6 0 7 8 9 0\n"
                              "  0 0 0 0 0 1 2 3 0 4 5 6 0 7 8 9\n"));
  EXPECT_THAT(text, HasSubstr("Its transpose A^T (16x4)"));
  EXPECT_THAT(text, HasSubstr("  1 0 0 0\n  2 1 0 0\n  3 2 0 0\n  0 3 0 0\n  4 0 1 0\n"));
  EXPECT_THAT(text, HasSubstr("A A^T (4x4): Conv2DTranspose, then Conv2D\n"
                              "  285 186 154  94\n"
                              "  186 285 106 154\n"
                              "  154 106 285 186\n"
                              "   94 154 186 285\n"));
  EXPECT_THAT(text, HasSubstr("A^T A (16x16)"));
  EXPECT_THAT(text, HasSubstr("Neither is an identity"));
  EXPECT_THAT(text, HasSubstr("  9 8 7\n  6 5 4\n  3 2 1\n"));
  EXPECT_THAT(text, HasSubstr("Checked: A^T features is the same, number by number."));
}

TEST(Explanation, BeginsWithTheMatrixOfTheLayer) {
  const std::string conv = explain_text({});
  EXPECT_LT(conv.find("The matrix A (4x16): features = A image"),
            conv.find("Its transpose A^T (16x4): the Conv2DTranspose of the same geometry"));
  const std::string transpose = explain_text({.direction = Direction::transpose, .input = {2, 2}});
  EXPECT_LT(transpose.find("The matrix A^T (16x4): image = A^T features"),
            transpose.find("Its transpose A (4x16): the Conv2D of the same geometry"));
  EXPECT_THAT(transpose, HasSubstr("  1 0 0 0\n  2 1 0 0\n"));
  EXPECT_THAT(transpose, Not(HasSubstr("The matrix A (")));
}

TEST(Explanation, GivesTheSameNumbersAsJson) {
  const json j = explain_json({});
  EXPECT_EQ(j["A_At"], json::parse("[[285,186,154,94],[186,285,106,154],[154,106,285,186],"
                                   "[94,154,186,285]]"));
  EXPECT_EQ(j["A"].size(), 4U);
  EXPECT_EQ(j["A"][1], json::parse("[0,1,2,3,0,4,5,6,0,7,8,9,0,0,0,0]"));
  EXPECT_EQ(j["features"], json::parse("[[348,393],[528,573]]"));
  EXPECT_EQ(j["At_A"].size(), 16U);
  EXPECT_FALSE(j["A_At_is_identity"]);
  EXPECT_FALSE(j["At_A_is_identity"]);
  EXPECT_EQ(j["zero_insertion"]["image"], j["transposed"]);
}

TEST(Explanation, TransposesTheTwoByTwoOfTheLiterature) {
  const ExplainRequest request{.direction = Direction::transpose,
                               .input = {2, 2},
                               .kernel = {2, 2},
                               .input_values = {0, 1, 2, 3},
                               .kernel_values = {4, 1, 2, 3}};
  EXPECT_EQ(explain_json(request)["image"], json::parse("[[0,4,1],[8,16,6],[4,12,9]]"));
  EXPECT_THAT(explain_text(request),
              HasSubstr("height  (2 - 1)*1 + 1*(2 - 1) + 1 - 0 - 0 + 0 = 3\n"));
}

TEST(Explanation, SpreadsFeaturesWithZeros) {
  const ExplainRequest request{.direction = Direction::transpose,
                               .input = {2, 2},
                               .kernel = {3, 3},
                               .stride = {2, 2},
                               .padding = parse_padding("1"),
                               .output_padding = Extent2{1, 1}};
  const json j = explain_json(request);
  EXPECT_EQ(j["zero_insertion"]["zeros"], json::parse("[1,1]"));
  EXPECT_EQ(j["zero_insertion"]["padding"], json::parse("[[1,2],[1,2]]"));
  EXPECT_EQ(j["zero_insertion"]["features"],
            json::parse("[[0,0,0,0,0,0],[0,1,0,2,0,0],[0,0,0,0,0,0],[0,3,0,4,0,0],[0,0,0,0,0,0],"
                        "[0,0,0,0,0,0]]"));
  EXPECT_EQ(j["image"], json::parse("[[5,14,10,12],[14,36,24,30],[15,34,20,24],[24,55,32,36]]"));
  const std::string text = explain_text(request);
  EXPECT_THAT(text,
              HasSubstr("z = s - 1 = 2 - 1 = 1;  above p' = k - p - 1 = 3 - 1 - 1 = 1;  below "
                        "p' = k - p - 1 + output_padding = 3 - 1 - 1 + 1 = 2\n"));
}

TEST(Explanation, TakesTheSizesOfKeras) {
  ExplainRequest request{.direction = Direction::transpose, .stride = {2, 2}};
  EXPECT_EQ(explain_json(request)["image_size"], json::parse("[9,9]"));
  request.padding = parse_padding("same");
  EXPECT_EQ(explain_json(request)["image_size"], json::parse("[8,8]"));
  EXPECT_THAT(explain_text(request), HasSubstr("(4 - 1)*2 + 1*(3 - 1) + 1 - 0 - 1 + 0 = 8\n"));
}

TEST(Explanation, SaysWhereATransposeIsAnInverse) {
  EXPECT_THAT(explain_text({.kernel = {1, 1}}), HasSubstr("Both are identities"));
  EXPECT_THAT(explain_text({.kernel = {1, 1}, .stride = {2, 2}}),
              HasSubstr("A A^T is an identity for this kernel, A^T A is not."));
}

TEST(Explanation, CountsTheTapsOfEachPixelOfAStride) {
  const auto transpose = [](Index kernel, Index stride) {
    return ExplainRequest{.direction = Direction::transpose,
                          .input = {3, 3},
                          .kernel = {kernel, kernel},
                          .stride = {stride, stride}};
  };
  EXPECT_EQ(explain_json(transpose(3, 2))["taps_by_place"]["height"], json({2, 1}));
  EXPECT_EQ(explain_json(transpose(5, 3))["taps_by_place"]["width"], json({2, 2, 1}));
  EXPECT_THAT(explain_text(transpose(3, 2)), HasSubstr("shows as a checkerboard"));
  EXPECT_THAT(explain_text(transpose(4, 2)), HasSubstr("Every pixel gets as many"));
  EXPECT_THAT(explain_text(transpose(3, 1)), Not(HasSubstr("Taps")));
}

TEST(Explanation, LeavesOutTheMiddleOfAWideMatrix) {
  const std::string text = explain_text({.input = {8, 8}});
  EXPECT_THAT(text, HasSubstr("The matrix A (36x64)"));
  EXPECT_THAT(text, HasSubstr("    1   2   3   0   0   0   0   0   4   5   6   0 ...   0   0"));
  EXPECT_EQ(explain_json({.input = {8, 8}})["A"][0].size(), 64U);
}

TEST(Explanation, TakesRectanglesAndDilation) {
  const std::string text =
      explain_text({.input = {5, 7}, .kernel = {2, 3}, .stride = {1, 2}, .dilation = {2, 1}});
  EXPECT_THAT(text, HasSubstr("image 5x7 -> features 3x3"));
  EXPECT_THAT(text, HasSubstr("above p' = d(k - 1) - p = 2*(2 - 1) - 0 = 2"));
  EXPECT_THAT(text, HasSubstr("Checked"));
}

TEST(Explanation, RefusesWhatCannotBe) {
  EXPECT_THROW(explain_text({.input = {2, 2}}), InputError);
  EXPECT_THROW(explain_text({.input = {33, 32}}), InputError);
  EXPECT_THROW(explain_text({.output_padding = Extent2{0, 0}}), InputError);
  EXPECT_THROW(explain_text({.input_values = {1, 2}}), InputError);
  EXPECT_THROW(explain_text({.kernel_values = {1, 2}}), InputError);
  for (const char* padding : {"full", "-1", "1.5", ""})
    EXPECT_THROW(parse_padding(padding), InputError) << padding;
}

}  // namespace
}  // namespace adjoint
