#include "datasets/picture_text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace adjoint {
namespace {

/// The picture's rows, '#' where it is black.
std::string drawn(const Tensor& picture) {
  std::string rows;
  for (Index y = 0; y < shape_of(picture)[0]; ++y) {
    for (Index x = 0; x < shape_of(picture)[1]; ++x) rows += picture(y, x, 0) == 0 ? '#' : '.';
    rows += '\n';
  }
  return rows;
}

Tensor white(Index height, Index width) {
  return make_tensor({height, width, 3}, Real{1});
}

TEST(PictureText, DrawsLetters) {
  Tensor picture = white(8, 12);
  draw_text("Ab", 0, 1, 1, view(picture));
  EXPECT_EQ(drawn(picture),
            "..###..#....\n"
            ".#...#.#....\n"
            ".#...#.#.##.\n"
            ".#####.##..#\n"
            ".#...#.#...#\n"
            ".#...#.#...#\n"
            ".#...#.####.\n"
            "............\n");
}

TEST(PictureText, EnlargesAndStaysInside) {
  Tensor picture = white(4, 5);
  draw_text("-", -4, -1, 2, view(picture));  // its bar is the fourth row
  EXPECT_EQ(drawn(picture), ".....\n.....\n#####\n#####\n");
}

TEST(PictureText, HasALetterForEveryCharacter) {
  std::set<std::string> letters;
  for (char c = ' '; c <= '~'; ++c) {
    Tensor picture = white(7, 5);
    draw_text(std::string(1, c), 0, 0, 1, view(picture));
    EXPECT_TRUE(letters.insert(drawn(picture)).second) << "'" << c << "' looks like another one";
  }
  Tensor unknown = white(7, 5);
  draw_text("\xc3", 0, 0, 1, view(unknown));
  EXPECT_FALSE(letters.insert(drawn(unknown)).second);
}

TEST(PictureText, IsCutWhereItDoesNotFit) {
  EXPECT_EQ(fitting_text("abcdefgh", 47, 1, Keep::end), "abcdefgh");
  EXPECT_EQ(fitting_text("abcdefgh", 46, 1, Keep::end), "...efgh");
  EXPECT_EQ(fitting_text("abcdefgh", 46, 1, Keep::beginning), "abcd...");
  EXPECT_EQ(fitting_text("abcdefgh", 94, 2, Keep::beginning), "abcdefgh");
  EXPECT_EQ(fitting_text("abcdefgh", 12, 1, Keep::end), "..");
}

}  // namespace
}  // namespace adjoint
