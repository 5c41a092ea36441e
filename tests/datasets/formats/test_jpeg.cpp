#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/jpeg_bytes.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Slopes that a JPEG keeps to a level or two: value (y, x, c) is 40 + 3 y + 2 x + 20 c.
JpegContent slopes(int height, int width, int channels) {
  JpegContent content{.width = width, .height = height, .channels = channels};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c)
        content.rows += static_cast<char>(40 + 3 * y + 2 * x + 20 * c);
    }
  }
  return content;
}

void expect_slopes(const Image& image, const Shape& shape, double tolerance = 2.5) {
  ASSERT_EQ(shape_of(image.pixels), shape);
  EXPECT_EQ(image.bits, 8);
  for (Index y = 0; y < shape[0]; ++y) {
    for (Index x = 0; x < shape[1]; ++x) {
      for (Index c = 0; c < shape[2]; ++c) {
        ASSERT_NEAR(image.pixels(y, x, c) * 255, 40 + 3 * y + 2 * x + 20 * c, tolerance)
            << y << ", " << x << ", " << c;
      }
    }
  }
}

TEST(Jpeg, ReadsGrayAndRgbBaselineAndProgressive) {
  const TempFolder folder;
  for (const int channels : {1, 3}) {
    for (const bool progressive : {false, true}) {
      SCOPED_TRACE(testing::Message() << channels << " channels, progressive " << progressive);
      JpegContent content = slopes(21, 35, channels);
      content.progressive = progressive;
      const auto path = folder.write("a.jpg", jpeg_bytes(content));
      EXPECT_EQ(image_info(path), (ImageInfo{21, 35, channels, 8}));
      expect_slopes(read_image(path), {21, 35, channels});
    }
  }
}

TEST(Jpeg, FindsTheSizeBehindLongComments) {
  const TempFolder folder;
  JpegContent content = slopes(9, 10, 1);
  content.comment = std::string(200000, 'x');
  const auto path = folder.write("a.jpeg", jpeg_bytes(content));
  EXPECT_EQ(image_info(path), (ImageInfo{9, 10, 1, 8}));
  expect_slopes(read_image(path), {9, 10, 1});
}

TEST(Jpeg, ReadsNoPartOfAFile) {
  const TempFolder folder;
  for (const bool progressive : {false, true}) {
    JpegContent content = slopes(20, 24, 3);
    content.progressive = progressive;
    const std::string whole = jpeg_bytes(content);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      SCOPED_TRACE(length);
      const auto path = folder.write("a.jpg", whole.substr(0, length));
      const std::string expected = length < 3 ? "PNG" : "not a readable JPEG image: truncated";
      EXPECT_THAT([&] { read_image(path); },
                  ThrowsMessage<InputError>(AllOf(HasSubstr("a.jpg"), HasSubstr(expected))));
    }
  }
}

TEST(Jpeg, NoticesDamageThatLibjpegWouldPaintOver) {
  const TempFolder folder;
  JpegContent content = slopes(64, 64, 1);
  content.restart_rows = 1;
  std::string damaged = jpeg_bytes(content);
  const std::size_t marker = damaged.find("\xFF\xD1");
  ASSERT_NE(marker, std::string::npos);
  damaged.erase(marker - 4, 4);  // the end of a row of blocks
  const auto path = folder.write("a.jpg", damaged);
  EXPECT_THAT([&] { read_image(path); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("a.jpg"), HasSubstr("damaged: Corrupt JPEG data"))));
  const auto garbage = folder.write("b.jpg", std::string("\xFF\xD8\xFF\xD9 and more", 13));
  EXPECT_THAT([&] { image_info(garbage); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("b.jpg"), HasSubstr("damaged: "))));
}

TEST(Jpeg, SurvivesEveryFlippedByte) {
  const TempFolder folder;
  for (const bool progressive : {false, true}) {
    JpegContent content = slopes(16, 24, 3);
    content.progressive = progressive;
    const std::string whole = jpeg_bytes(content);
    Index refused = 0;
    for (std::size_t i = 3; i < whole.size(); ++i) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(~damaged[i]);
      const auto path = folder.write("a.jpg", damaged);
      try {
        const Image image = read_image(path);
        for (const Real x : image.pixels) ASSERT_TRUE(x >= 0 && x <= 1);
      } catch (const InputError& error) {
        ASSERT_THAT(error.what(), HasSubstr("a.jpg"));
        ++refused;
      }
    }
    EXPECT_GT(refused, 100);
  }
}

TEST(Jpeg, RefusesCmykWithARemedy) {
  const TempFolder folder;
  const auto path = folder.write("a.jpg", jpeg_bytes(slopes(8, 8, 4)));
  const auto message =
      ThrowsMessage<InputError>(AllOf(HasSubstr("a.jpg"), HasSubstr("CMYK"), HasSubstr("convert")));
  EXPECT_THAT([&] { image_info(path); }, message);
  EXPECT_THAT([&] { read_image(path); }, message);
}

TEST(Jpeg, IsWrittenWhereTheNameAsksForIt) {
  const TempFolder folder;
  for (const Index channels : {1, 3}) {
    Tensor pixels = make_tensor({21, 35, channels});
    for (Index y = 0; y < 21; ++y) {
      for (Index x = 0; x < 35; ++x) {
        for (Index c = 0; c < channels; ++c)
          pixels(y, x, c) = static_cast<Real>(40 + 3 * y + 2 * x + 20 * c) / 255;
      }
    }
    write_image(folder / "a.JPG", view(pixels));
    EXPECT_TRUE(contents(folder / "a.JPG").starts_with("\xFF\xD8\xFF"));
    expect_slopes(read_image(folder / "a.JPG"), {21, 35, channels}, 4);
  }
  Tensor beyond = make_tensor({8, 16, 1}, Real{1.5});
  std::fill_n(beyond.data(), 64, Real{-0.5});
  write_image(folder / "b.jpeg", view(beyond), 16);
  const Image read = read_image(folder / "b.jpeg");
  EXPECT_EQ(read.bits, 8);
  EXPECT_LT(read.pixels.data()[0], 0.02);
  EXPECT_GT(read.pixels.data()[127], 0.98);
}

TEST(Jpeg, StandsInAFolderBesidePng) {
  const TempFolder folder;
  folder.write("b.JPEG", jpeg_bytes(slopes(8, 9, 1)));
  folder.write("a.jpg", jpeg_bytes(slopes(8, 9, 1)));
  const Tensor pixels = make_tensor({8, 9, 1}, Real{0.2});
  write_image(folder / "c.png", view(pixels));
  const ImageFolderDataset dataset(folder.path(), {}, 0);
  EXPECT_EQ(dataset.size(), 3);
  EXPECT_NEAR(sample_of(dataset, 1)(7, 8, 0) * 255, 40 + 21 + 16, 2.5);
}

}  // namespace
}  // namespace adjoint
