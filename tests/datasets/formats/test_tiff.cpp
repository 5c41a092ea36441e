#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/tiff_file.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

std::vector<Real> read(const TempFolder& folder, const TiffPage& page, Real white = 255,
                       const char* mode = "wl") {
  const auto path = write_tiff(folder / "a.tif", {page}, mode);
  const Image image = read_image(path);
  EXPECT_EQ(image_info(path), (ImageInfo{.height = page.height,
                                         .width = page.width,
                                         .channels = image_info(path).channels,
                                         .bits = image.bits,
                                         .alpha = page.alpha != 0}));
  EXPECT_EQ(image_info(path).shape(), shape_of(image.pixels));
  return values(image.pixels * white);
}

/// 20 x 37 pixels are enough for several strips and tiles.
TiffPage pattern(int samples, int compression, int tile, bool planar, int height = 20,
                 int width = 37) {
  TiffPage page{.width = width,
                .height = height,
                .samples = samples,
                .photometric = samples == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB,
                .compression = compression,
                .tile = tile,
                .planar = planar};
  for (int i = 0; i < width * height * samples; ++i) page.rows += static_cast<char>(i * 7 % 251);
  return page;
}

TEST(Tiff, ReadsIntegersOf8And16Bits) {
  const TempFolder folder;
  expect_values(read(folder, {.width = 3, .rows = std::string("\x00\x80\xFF", 3)}), {0, 128, 255});
  expect_values(read(folder, {.samples = 3, .photometric = PHOTOMETRIC_RGB, .rows = "abc"}),
                {'a', 'b', 'c'});
  const std::string wide = bytes_of<std::uint16_t>({258, 65534});
  for (const char* mode : {"wl", "wb", "w8"})  // 8: BigTIFF
    expect_values(read(folder, {.width = 2, .bits = 16, .rows = wide}, 65535, mode), {258, 65534});
  expect_values(
      read(folder, {.width = 2, .photometric = PHOTOMETRIC_MINISWHITE, .rows = "\x10\xFF"}),
      {239, 0});
}

TEST(Tiff, KeepsFloatsAsTheyAre) {
  const TempFolder folder;
  const std::vector<float> numbers{-3.5F, 0, 1e6F, 0.25F};
  for (const char* mode : {"wl", "wb"}) {
    const TiffPage page{
        .width = 4, .bits = 32, .format = SAMPLEFORMAT_IEEEFP, .rows = bytes_of(numbers)};
    EXPECT_EQ(read(folder, page, 1, mode), numbers);
  }
  EXPECT_EQ(image_info(folder / "a.tif").bits, 32);
}

TEST(Tiff, ReadsStripsTilesPlanesAndCompressions) {
  const TempFolder folder;
  for (const int samples : {1, 3}) {
    for (const int compression :
         {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS}) {
      for (const int tile : {0, 16}) {
        for (const bool planar : {false, true}) {
          SCOPED_TRACE(testing::Message() << samples << " samples, compression " << compression
                                          << ", tile " << tile << ", planar " << planar);
          const TiffPage page = pattern(samples, compression, tile, planar);
          std::vector<Real> expected;
          for (int i = 0; i < 37 * 20; ++i) {
            for (int c = 0; c < samples; ++c) {
              const int at = planar ? c * 37 * 20 + i : i * samples + c;
              expected.push_back(static_cast<Real>(at * 7 % 251));
            }
          }
          expect_values(read(folder, page), expected);
        }
      }
    }
  }
}

TEST(Tiff, LeavesOutSamplesBeyondTheColours) {
  const TempFolder folder;
  expect_values(
      read(folder, {.width = 2, .samples = 4, .photometric = PHOTOMETRIC_RGB, .rows = "abc!def!"}),
      {'a', 'b', 'c', 'd', 'e', 'f'});
}

TEST(Tiff, KeepsTheAlphaThatIsNamed) {
  const TempFolder folder;
  const auto alpha = [&] { return values(*read_image(folder / "a.tif").alpha * 255); };
  for (const bool planar : {false, true}) {
    const TiffPage page{.width = 2,
                        .samples = 4,
                        .photometric = PHOTOMETRIC_RGB,
                        .planar = planar,
                        .alpha = EXTRASAMPLE_UNASSALPHA,
                        .rows = planar ? "adbecf\x33\xFF"
                                       : "abc\x33"
                                         "def\xFF"};
    expect_values(read(folder, page), {'a', 'b', 'c', 'd', 'e', 'f'});
    expect_values(alpha(), {0x33, 255});
  }
  // Stored as seen on black: 51 is 255 at a fifth, and what is not seen at all stays black.
  expect_values(read(folder, {.width = 3,
                              .samples = 2,
                              .alpha = EXTRASAMPLE_ASSOCALPHA,
                              .rows = std::string("\x33\x33\x00\x00\x40\xFF", 6)}),
                {255, 0, 64});
  expect_values(alpha(), {51, 0, 255});
}

TEST(Tiff, TakesWhiteFromItsTags) {
  const TempFolder folder;
  const std::string numbers = bytes_of<std::uint16_t>({4095, 1000});
  const auto white = [&](TiffPage page) {
    page.width = 2;
    page.bits = 16;
    page.rows = numbers;
    const auto path = write_tiff(folder / "a.tif", {page});
    EXPECT_EQ(read_image(path).pixels(0, 1, 0), 1000 / static_cast<Real>(read_image(path).white));
    return read_image(path).white;
  };
  EXPECT_EQ(white({}), 65535);
  EXPECT_EQ(white({.max_sample = 4095}), 4095);
  EXPECT_EQ(white({.white = 4000}), 4000);
  EXPECT_EQ(white({.max_sample = 1023, .white = 4095}), 4095);
  // The greatest number that occurs means nothing, nor does a level that 16 bits do not reach.
  EXPECT_EQ(white({.max_sample = 3127}), 65535);
  EXPECT_EQ(white({.white = 70000}), 65535);
  EXPECT_EQ(read_image(folder / "a.tif", 0, 2000).pixels(0, 1, 0), 0.5F);

  const std::vector<float> floats{1020, 0};
  TiffPage page{.width = 2, .bits = 32, .format = SAMPLEFORMAT_IEEEFP, .rows = bytes_of(floats)};
  EXPECT_EQ(read_image(write_tiff(folder / "f.tif", {page})).white, 1);
  EXPECT_EQ(read_image(folder / "f.tif", 0, 2040).pixels(0, 0, 0), 0.5F);
  page.float_max_sample = 1023;
  EXPECT_EQ(read_image(write_tiff(folder / "f.tif", {page})).white, 1023);
  page.float_max_sample = 1019.5;
  EXPECT_EQ(read_image(write_tiff(folder / "f.tif", {page})).white, 1);
  // Black and white swapped: 0 is white whatever the largest number is.
  const TiffPage inverted{.width = 2,
                          .bits = 16,
                          .photometric = PHOTOMETRIC_MINISWHITE,
                          .white = 4095,
                          .rows = bytes_of<std::uint16_t>({0, 4095})};
  write_tiff(folder / "a.tif", {inverted});
  EXPECT_THAT(values(read_image(folder / "a.tif").pixels), ElementsAre(1, 0));
}

TEST(Tiff, WritesNumbersUpToWhite) {
  const TempFolder folder;
  Tensor pixels = make_tensor({1, 4, 1});
  const Real x[] = {0, 1000 / 4095.F, 1, 1.2F};
  std::copy_n(x, 4, pixels.data());
  write_image(folder / "a.tif", view(std::as_const(pixels)), {.bits = 16, .white = 4095});
  // As any other program reads them.
  TIFF* tiff = TIFFOpen((folder / "a.tif").c_str(), "r");
  std::vector<std::uint16_t> row(4);
  TIFFReadScanline(tiff, row.data(), 0, 0);
  TIFFClose(tiff);
  EXPECT_THAT(row, ElementsAre(0, 1000, 4095, 4095));
  EXPECT_EQ(image_info(folder / "a.tif").white, 4095);
  EXPECT_EQ(read_image(folder / "a.tif").pixels(0, 1, 0), 1000 / 4095.F);

  write_image(folder / "f.tif", view(std::as_const(pixels)), {.bits = 32, .white = 1020});
  EXPECT_EQ(read_image(folder / "f.tif", 0, 1).pixels(0, 3, 0), 1.2F * 1020);
  EXPECT_EQ(read_image(folder / "f.tif").pixels(0, 3, 0), 1.2F);
  // 8 bits do not reach 4095.
  write_image(folder / "b.tif", view(std::as_const(pixels)), {.bits = 8, .white = 4095});
  EXPECT_EQ(read_image(folder / "b.tif").pixels(0, 2, 0), 1);
}

TEST(Tiff, AStackComesBackPageByPage) {
  const TempFolder folder;
  const Index numbers[] = {100, Index{3} << 30};  // the latter as a BigTIFF
  for (const Index announced : numbers) {
    ImageStack stack(folder / "s.tif", announced);
    for (int page = 0; page < 3; ++page) {
      const Tensor pixels = make_tensor({2, 3, 1}, static_cast<Real>(page) / 10);
      stack.add(view(pixels), {.bits = 32});
    }
    stack.finish();
    ASSERT_EQ(image_pages(folder / "s.tif").size(), 3);
    for (Index page = 0; page < 3; ++page)
      EXPECT_EQ(read_image(folder / "s.tif", page).pixels(1, 2, 0), static_cast<Real>(page) / 10);
    EXPECT_EQ(contents(folder / "s.tif")[2], announced == 100 ? 42 : 43);
  }
  EXPECT_TRUE(holds_several_images("a.TIFF"));
  EXPECT_FALSE(holds_several_images("a.png"));
  EXPECT_THAT([&] { ImageStack(folder / "s.png", 1); },
              ThrowsMessage<InputError>(HasSubstr("several images to")));
}

TEST(Tiff, ShowsPalettesAndFewBits) {
  const TempFolder folder;
  std::vector<std::uint16_t> palette(3 * 256);
  palette[5] = 0x1010;
  palette[256 + 5] = 0x2020;
  palette[512 + 5] = 0xFFFF;
  expect_values(read(folder, {.width = 2,
                              .photometric = PHOTOMETRIC_PALETTE,
                              .palette = palette,
                              .rows = std::string("\x05\x00", 2)}),
                {16, 32, 255, 0, 0, 0});
  expect_values(read(folder, {.width = 4, .bits = 1, .rows = "\x50"}), {0, 255, 0, 255});
}

TEST(Tiff, EachPageIsAnImage) {
  const TempFolder folder;
  std::vector<TiffPage> pages;
  for (const char* row : {"ab", "cd", "ef"}) pages.push_back({.width = 2, .rows = row});
  const auto path = write_tiff(folder / "b.tiff", pages);
  write_tiff(folder / "a.TIF", {{.width = 2, .rows = "xy"}});
  EXPECT_EQ(image_pages(path), std::vector(3, ImageInfo{1, 2, 1, 8}));
  expect_values(values(read_image(path, 2).pixels * 255), {'e', 'f'});
  EXPECT_THAT([&] { read_image(path, 3); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("b.tiff"), HasSubstr("no page 3"))));
  const ImageFolderDataset dataset(folder.path(), {}, 0);
  ASSERT_EQ(dataset.size(), 4);
  expect_values(values(sample_of(dataset, 0) * 255), {'x', 'y'});
  expect_values(values(sample_of(dataset, 2) * 255), {'c', 'd'});
}

TEST(Tiff, ComesBackAsItWasWritten) {
  const TempFolder folder;
  for (const int bits : {8, 16, 32}) {
    for (const Index channels : {1, 3}) {
      const Real levels = bits == 8 ? 255 : 65535;
      Tensor pixels = make_tensor({90, 70, channels});
      for (Index i = 0; i < 6300 * channels; ++i) {
        const Real value = static_cast<Real>(i) / 18900;
        pixels.data()[i] = bits == 32 ? 3 * value - 1 : std::round(value * levels) / levels;
      }
      write_image(folder / "a.tif", view(pixels), bits);
      const Image again = read_image(folder / "a.tif");
      EXPECT_EQ(again.bits, bits);
      EXPECT_EQ(again.pixels, pixels);
    }
  }
}

TEST(Tiff, SaysWhatItCannotRead) {
  const TempFolder folder;
  const auto expect = [&](const TiffPage& page, const char* message) {
    const auto path = write_tiff(folder / "a.tif", {page});
    EXPECT_THAT([&] { read_image(path); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("a.tif"), HasSubstr(message))));
  };
  expect({.bits = 64, .format = SAMPLEFORMAT_IEEEFP, .rows = "12345678"}, "floats of 64 bits");
  expect({.bits = 16, .format = SAMPLEFORMAT_INT, .rows = "12"}, "signed integers of 16 bits");
  expect({.samples = 17, .rows = "12345678901234567"}, "17 samples a pixel");
}

TEST(Tiff, ReadsNoPartOfAFile) {
  const TempFolder folder;
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW}) {
    const auto whole =
        contents(write_tiff(folder / "w.tif", {pattern(1, compression, 0, false, 5, 9)}));
    for (std::size_t length = 0; length < whole.size(); length += 3) {
      const auto path = folder.write("a.tif", whole.substr(0, length));
      ASSERT_THAT([&] { read_image(path); }, ThrowsMessage<InputError>(HasSubstr("a.tif")))
          << length;
    }
  }
}

TEST(Tiff, SurvivesEveryFlippedByte) {
  const TempFolder folder;
  for (const int tile : {0, 16}) {
    const int compression = tile == 0 ? COMPRESSION_NONE : COMPRESSION_ADOBE_DEFLATE;
    const auto whole =
        contents(write_tiff(folder / "w.tif", {pattern(3, compression, tile, false, 5, 9)}));
    Index refused = 0;
    for (std::size_t i = 4; i < whole.size(); ++i) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(~damaged[i]);
      const auto path = folder.write("a.tif", damaged);
      try {
        image_pages(path);
        read_image(path);
      } catch (const InputError& error) {
        ASSERT_THAT(error.what(), HasSubstr("a.tif"));
        ++refused;
      }
    }
    EXPECT_GT(refused, 50);
  }
}

}  // namespace
}  // namespace adjoint
