#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

void expect_image(const std::string& file, const ImageInfo& info, Real white,
                  const std::vector<Real>& expected) {
  const TempFolder folder;
  const auto path = folder.write("a.pgm", file);
  EXPECT_EQ(image_info(path), info);
  const Image image = read_image(path);
  EXPECT_EQ(image.bits, info.bits);
  EXPECT_THAT(values(image.pixels * white), Pointwise(FloatNear(1e-3F), expected));
}

TEST(Pnm, ReadsBinaryAndText) {
  expect_image("P5\n2 1\n255\nab", {1, 2, 1, 8}, 255, {'a', 'b'});
  expect_image("P6 1 2 255 abcdef", {2, 1, 3, 8}, 255, {'a', 'b', 'c', 'd', 'e', 'f'});
  expect_image({"P5\n1 2\n65535\n\x01\x02\xFF\xFE", 18}, {2, 1, 1, 16}, 65535, {258, 65534});
  expect_image("P2\n# made by hand\n3 1 # a row\n15\n0 7\n15", {1, 3, 1, 8, 15}, 15, {0, 7, 15});
  expect_image("P3 1 1 1000 0 10 1000\n", {1, 1, 3, 16, 1000}, 1000, {0, 10, 1000});
}

TEST(Pnm, ReadsHeadsWithLongComments) {
  expect_image("P5\n#" + std::string(9000, 'x') + "\n1 1\n255\na", {1, 1, 1, 8}, 255, {'a'});
}

TEST(Pnm, ComesBackAsItWasWritten) {
  const TempFolder folder;
  for (const int bits : {8, 16}) {
    for (const Index channels : {1, 3}) {
      const Real levels = bits == 8 ? 255 : 65535;
      Tensor pixels = make_tensor({5, 7, channels});
      for (Index i = 0; i < 35 * channels; ++i)
        pixels.data()[i] = std::round(static_cast<Real>(i) / 105 * levels) / levels;
      write_image(folder / "a.ppm", view(pixels), bits);
      EXPECT_TRUE(
          contents(folder / "a.ppm").starts_with(channels == 1 ? "P5\n7 5\n" : "P6\n7 5\n"));
      EXPECT_EQ(read_image(folder / "a.ppm").pixels, pixels);
    }
  }
}

TEST(Pnm, SaysWhatIsWrong) {
  const TempFolder folder;
  const auto expect = [&](const std::string& file, const char* message) {
    const auto path = folder.write("a.ppm", file);
    EXPECT_THAT([&] { read_image(path); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("a.ppm"), HasSubstr(message))));
  };
  expect("P5\n2 2\n255\nabc", "truncated: expected 4 bytes of pixels, got 3");
  expect("P2\n2 1\n9\n1", "truncated: expected 2 numbers, got 1");
  expect("P5\n2 2\n", "truncated");
  expect("P5\n2 2\n65536\nabcd", "0 to 65536");
  expect("P5\n0 2\n255\n", "2x0 pixels");
  expect("P5\n2 x\n255\n", "expected a number");
  expect("P2\n2 1\n9\n1 10", "it holds 10, more than the 9 of white");
  expect("P5\n600000 600000\n255\n", "announces 600000x600000");
  expect("P7\n2 1\n255\nab", "no image of a known format");
}

}  // namespace
}  // namespace adjoint
