#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string number(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8) text += static_cast<char>(value);
  return text;
}

/// A bitmap of 2 x 2 pixels; palette and raster as they lie in the file.
std::string bitmap(int bits, const std::string& palette, const std::string& raster,
                   std::int32_t height = 2) {
  return "BM" + number(static_cast<std::uint32_t>(54 + palette.size() + raster.size()), 4) +
         number(0, 4) + number(static_cast<std::uint32_t>(54 + palette.size()), 4) + number(40, 4) +
         number(2, 4) + number(static_cast<std::uint32_t>(height), 4) + number(1, 2) +
         number(static_cast<std::uint32_t>(bits), 2) + number(0, 4) + number(0, 12) +
         number(static_cast<std::uint32_t>(palette.size() / 4), 4) + number(0, 4) + palette +
         raster;
}

std::vector<int> read(const std::string& file) {
  const TempFolder folder;
  const auto path = folder.write("a.bmp", file);
  const Image image = read_image(path);
  EXPECT_EQ(image_info(path).shape(), shape_of(image.pixels));
  std::vector<int> levels;
  for (const Real x : image.pixels) levels.push_back(static_cast<int>(std::lround(x * 255)));
  return levels;
}

TEST(Bmp, ReadsColoursFromTheBottomUp) {
  // Blue, green, red; rows of 6 bytes and 2 of padding; the lower row first.
  const std::string raster = "cba fed..ihg lkj..";
  std::string rows;
  for (const char c : raster) {
    if (c != ' ') rows += c;
  }
  EXPECT_THAT(read(bitmap(24, "", rows)),
              ElementsAre('g', 'h', 'i', 'j', 'k', 'l', 'a', 'b', 'c', 'd', 'e', 'f'));
  EXPECT_THAT(read(bitmap(24, "", rows, -2)),
              ElementsAre('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'));
  EXPECT_THAT(read(bitmap(32, "", "cba!fed!ihg!lkj!")),
              ElementsAre('g', 'h', 'i', 'j', 'k', 'l', 'a', 'b', 'c', 'd', 'e', 'f'));
}

TEST(Bmp, ReadsPalettes) {
  const std::string indices("\x01\x00..\x00\x01..", 8);
  EXPECT_THAT(read(bitmap(8, std::string("\x03\x02\x01\x00\x06\x05\x04\x00", 8), indices)),
              ElementsAre(1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3));
  EXPECT_THAT(read(bitmap(8, std::string("\x07\x07\x07\x00\x09\x09\x09\x00", 8), indices)),
              ElementsAre(7, 9, 9, 7));  // gray
}

TEST(Bmp, ComesBackAsItWasWritten) {
  const TempFolder folder;
  for (const Index channels : {1, 3}) {
    for (const Index width : {4, 5, 6, 7}) {
      Tensor pixels = make_tensor({3, width, channels});
      for (Index i = 0; i < 3 * width * channels; ++i)
        pixels.data()[i] = static_cast<Real>(i * 37 % 256) / 255;
      write_image(folder / "a.bmp", view(pixels), 16);
      EXPECT_EQ(read_image(folder / "a.bmp").pixels, pixels);
    }
  }
}

TEST(Bmp, SaysWhatIsWrong) {
  const TempFolder folder;
  const auto expect = [&](const std::string& file, const char* message) {
    const auto path = folder.write("a.bmp", file);
    EXPECT_THAT([&] { read_image(path); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("a.bmp"), HasSubstr(message))));
  };
  const std::string whole = bitmap(24, "", "cbafed..ihglkj..");
  expect(whole.substr(0, 69), "truncated: expected 70 bytes, got 69");
  expect(whole.substr(0, 30), "truncated");
  expect(bitmap(4, "", "1234"), "it has 4 bits a pixel");
  expect(bitmap(24, "", "", 0), "its size is 0x2");
  expect(bitmap(8, std::string(8, '\0'), std::string(8, '\5')), "colour 5 of a palette of 2");
  for (std::size_t i = 2; i < 54; ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(~damaged[i]);
    try {
      read_image(folder.write("a.bmp", damaged));
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("a.bmp"));
    }
  }
}

}  // namespace
}  // namespace adjoint
