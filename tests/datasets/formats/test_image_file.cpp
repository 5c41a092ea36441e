#include "datasets/formats/image_file.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include "datasets/formats/image_format.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/png_bytes.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

/// Reads a PNG; its values in units of `white`.
std::vector<Real> read(const PngContent& content, Real white = 255) {
  const TempFolder folder;
  const auto path = folder.write("a.png", png_bytes(content));
  const Image image = read_image(path);
  const ImageInfo info = image_info(path);
  EXPECT_EQ(info.shape(), shape_of(image.pixels));
  EXPECT_EQ(info.bits, image.bits);
  std::vector<Real> scaled;
  for (Real x : image.pixels) scaled.push_back(x * white);
  return scaled;
}

TEST(ImageFile, ReadsGrayAndRgbOf8And16Bits) {
  expect_values(read({.width = 3, .rows = std::string("\x00\x80\xFF", 3)}), {0, 128, 255});
  expect_values(read({.width = 2, .depth = 16, .rows = std::string("\x01\x02\xFF\xFE", 4)}, 65535),
                {258, 65534});
  expect_values(read({.height = 2, .colour = PNG_COLOR_TYPE_RGB, .rows = "abcdef"}),
                {'a', 'b', 'c', 'd', 'e', 'f'});
  expect_values(
      read({.depth = 16, .colour = PNG_COLOR_TYPE_RGB, .rows = std::string("\0\1\0\2\1\0", 6)},
           65535),
      {1, 2, 256});
}

TEST(ImageFile, ExpandsPalettesAndFewBits) {
  expect_values(read({.width = 3,
                      .depth = 2,
                      .colour = PNG_COLOR_TYPE_PALETTE,
                      .palette = {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}},
                      .rows = "\x84"}),
                {// entries 2, 0, 1
                 70, 80, 90, 10, 20, 30, 40, 50, 60});
  expect_values(read({.width = 4, .depth = 1, .rows = "\x50"}), {0, 255, 0, 255});
  expect_values(read({.width = 2, .depth = 4, .rows = "\x1F"}), {17, 255});
}

/// The alpha of a PNG in units of 255; its colours are what read() gives.
std::vector<Real> alpha_of(const PngContent& content) {
  const TempFolder folder;
  const auto path = folder.write("a.png", png_bytes(content));
  EXPECT_TRUE(image_info(path).alpha);
  const Image image = read_image(path);
  EXPECT_TRUE(image.alpha);
  return image.alpha ? values(*image.alpha * 255) : std::vector<Real>();
}

TEST(ImageFile, KeepsColoursAndTransparencyApart) {
  const PngContent gray{.width = 3,
                        .colour = PNG_COLOR_TYPE_GRAY_ALPHA,
                        .rows = std::string("\x40\xFF\x41\x00\x42\x33", 6)};
  expect_values(read(gray), {0x40, 0x41, 0x42});
  expect_values(alpha_of(gray), {255, 0, 0x33});
  const PngContent wide{
      .depth = 16, .colour = PNG_COLOR_TYPE_RGBA, .rows = std::string("\0\1\0\2\0\3\x80\x80", 8)};
  expect_values(read(wide, 65535), {1, 2, 3});
  expect_values(alpha_of(wide), {0x80});
  const PngContent palette{.width = 3,
                           .depth = 8,
                           .colour = PNG_COLOR_TYPE_PALETTE,
                           .palette = {{10, 20, 30}, {40, 50, 60}},
                           .transparency = {7},  // entries without one are opaque
                           .rows = std::string("\x00\x01\x00", 3)};
  expect_values(read(palette), {10, 20, 30, 40, 50, 60, 10, 20, 30});
  expect_values(alpha_of(palette), {7, 255, 7});
}

TEST(ImageFile, WritesTransparencyWhereTheFormatHasIt) {
  const TempFolder folder;
  Tensor colours = make_tensor({1, 2, 3}), alpha = make_tensor({1, 2, 1});
  const Real c[] = {10 / 255.F, 20 / 255.F, 30 / 255.F, 0.2F, 0.4F, 0.6F};
  std::copy_n(c, 6, colours.data());
  alpha.data()[0] = 0.2F, alpha.data()[1] = 1;
  for (const char* name : {"a.png", "a.tif"}) {
    for (const int bits : {8, 16}) {
      write_image(folder / name, view(std::as_const(colours)),
                  {.bits = bits, .alpha = view(std::as_const(alpha))});
      const Image image = read_image(folder / name);
      expect_values(values(image.pixels * 255), {10, 20, 30, 51, 102, 153});
      ASSERT_TRUE(image.alpha) << name;
      expect_values(values(*image.alpha * 255), {51, 255});
    }
  }
  // Elsewhere white shows: 0.2 * 10 + 0.8 * 255, and so on.
  for (const char* name : {"a.ppm", "a.bmp"}) {
    write_image(folder / name, view(std::as_const(colours)), {.alpha = view(std::as_const(alpha))});
    expect_values(values(read_image(folder / name).pixels * 255), {206, 208, 210, 51, 102, 153});
    EXPECT_FALSE(read_image(folder / name).alpha);
  }
  const Tensor other = make_tensor({2, 1, 1}, Real{1});
  EXPECT_THAT(
      [&] { write_image(folder / "b.png", view(std::as_const(colours)), {.alpha = view(other)}); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("b.png"), HasSubstr("alpha of 1x2x3 is 2x1x1"))));
}

TEST(ImageFile, ReadsInterlacedImages) {
  std::string rows;
  std::vector<Real> expected;
  for (int i = 0; i < 9 * 10; ++i) {
    rows += static_cast<char>(2 * i);
    expected.push_back(static_cast<Real>(2 * i));
  }
  const auto got = read({.width = 10, .height = 9, .interlace = PNG_INTERLACE_ADAM7, .rows = rows});
  EXPECT_THAT(got, Pointwise(testing::FloatNear(1e-3F), expected));
}

TEST(ImageFile, ComesBackAsItWasWritten) {
  const TempFolder folder;
  for (const int bits : {8, 16}) {
    for (const Index channels : {1, 3}) {
      const Real levels = bits == 8 ? 255 : 65535;
      Tensor pixels = make_tensor({5, 7, channels});
      for (Index i = 0; i < 35 * channels; ++i) {
        pixels.data()[i] = std::round(static_cast<Real>(i) / 105 * levels) / levels;
      }
      write_image(folder / "a.png", view(pixels), bits);
      const Image read = read_image(folder / "a.png");
      EXPECT_EQ(read.bits, bits);
      EXPECT_EQ(read.pixels, pixels);
    }
  }
}

TEST(ImageFile, ClipsAndRounds) {
  const TempFolder folder;
  Tensor pixels = make_tensor({1, 5, 1});
  const Real written[] = {-0.5F, 1.5F, 99.6F / 255, 99.4F / 255, std::nanf("")};
  std::copy_n(written, 5, pixels.data());
  write_image(folder / "a.png", view(pixels));
  const Image read = read_image(folder / "a.png");
  expect_values(values(read.pixels * 255), {0, 255, 100, 99, 0});
}

TEST(ImageFile, ReadsNoPartOfAFile) {
  const TempFolder folder;
  const std::string whole = png_bytes({.width = 3, .height = 2, .rows = "abcdef"});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    const auto path = folder.write("a.png", whole.substr(0, length));
    EXPECT_THAT([&] { read_image(path); }, ThrowsMessage<InputError>(HasSubstr("a.png")));
  }
}

TEST(ImageFile, SaysWhatIsWrong) {
  const TempFolder folder;
  const std::string whole = png_bytes({.width = 3, .height = 2, .rows = "abcdef"});
  const auto expect = [&](const std::string& bytes, const auto& message) {
    const auto path = folder.write("a.png", bytes);
    EXPECT_THAT([&] { read_image(path); }, ThrowsMessage<InputError>(message));
  };
  expect(whole.substr(0, whole.size() - 3), HasSubstr("truncated"));
  expect("", HasSubstr("is empty"));
  expect("\xFF\xD8 something else",
         HasSubstr("is no image of a known format: expected one of PNG, JPEG, TIFF"));
  std::string damaged = whole;
  damaged[45] ^= 1;
  expect(damaged, HasSubstr("not a readable PNG image: IDAT"));
  EXPECT_THAT([&] { read_image(folder / "b.png"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("b.png'"), HasSubstr("No such file"))));
  EXPECT_THAT([&] { read_image(folder.path()); },
              ThrowsMessage<InputError>(HasSubstr("directory")));
}

TEST(ImageFile, RefusesToDecodeMoreThanMemoryHolds) {
  const TempFolder folder;
  std::string bomb = png_bytes({.rows = "x"});
  bomb.replace(16, 8, std::string("\x00\x09\x00\x00\x00\x09\x00\x00", 8));  // 589824 x 589824
  const auto path = folder.write("a.png", bomb);
  const auto message = ThrowsMessage<InputError>(HasSubstr("announces 589824x589824 pixels"));
  EXPECT_THAT([&] { read_image(path); }, message);
  EXPECT_THAT([&] { image_info(path); }, message);
}

TEST(ImageFile, TheContentTellsTheFormat) {
  const TempFolder folder;
  const auto path = folder.write("photo.jpg", png_bytes({.width = 2, .rows = "ab"}));
  EXPECT_EQ(shape_of(read_image(path).pixels), (Shape{1, 2, 1}));
}

TEST(ImageFile, RefusesToWriteWhatItCannot) {
  const TempFolder folder;
  const Tensor pixels = make_tensor({2, 2, 2}, Real{0});
  const ConstView two_channels = view(pixels);
  const ConstView gray = two_channels.reshaped({2, 4, 1});
  EXPECT_THAT([&] { write_image(folder / "a.png", two_channels); },
              ThrowsMessage<InputError>(HasSubstr("got 2x2x2")));
  EXPECT_THAT([&] { write_image(folder / "a.gif", gray); },
              ThrowsMessage<InputError>(HasSubstr("written as .png, .jpg, .jpeg, .tif")));
  EXPECT_THAT([&] { write_image(folder / "a.png", gray, 12); },
              ThrowsMessage<InputError>(HasSubstr("8, 16 or 32 bits, got 12")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ImageFile, SaysThatAFolderCannotBeWritten) {
  const TempFolder folder;
  const Tensor pixels = make_tensor({1, 1, 1}, Real{0});
  folder.write("file", "");
  EXPECT_THAT([&] { write_image(folder / "file/a.png", view(pixels)); },
              ThrowsMessage<RunError>(AllOf(HasSubstr("a.png"), HasSubstr("Not a directory"))));
  EXPECT_THAT([&] { write_image(folder / "none/a.png", view(pixels)); },
              ThrowsMessage<RunError>(HasSubstr("No such file or directory")));
  if (::geteuid() == 0) return;  // to whom every folder is writable
  std::filesystem::permissions(
      folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT([&] { write_image(folder / "a.png", view(pixels)); },
              ThrowsMessage<RunError>(HasSubstr("Permission denied")));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
}

TEST(ImageFile, AFullDiskLeavesTheEarlierFile) {
  const TempFolder folder;
  const Tensor small = make_tensor({1, 1, 1}, Real{0});
  write_image(folder / "a.png", view(small));
  const std::string before = contents(folder / "a.png");
  Tensor noise = make_tensor({64, 64, 1});
  for (Index i = 0; i < 64 * 64; ++i) noise.data()[i] = static_cast<Real>(i * 7919 % 256) / 255;

  // A limit on the size of files stands for the end of the disk.
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit none{.rlim_cur = 100, .rlim_max = limit.rlim_max};
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &none);
  std::string message;
  try {
    write_image(folder / "a.png", view(noise));
  } catch (const RunError& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, handler);

  EXPECT_THAT(message, AllOf(HasSubstr("cannot write"), HasSubstr("a.png"), HasSubstr("large")));
  EXPECT_EQ(contents(folder / "a.png"), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ImageFormats, ReadBackWhatTheyWrite) {
  const TempFolder folder;
  Tensor ramp = make_tensor({12, 17, 3});
  for (Index i = 0; i < 12 * 17; ++i)
    for (Index c = 0; c < 3; ++c) ramp.data()[3 * i + c] = static_cast<Real>(i + 8 * c) / 220;
  for (const ImageFormat& format : image_formats()) {
    ASSERT_FALSE(format.extensions.empty()) << format.name;
    for (const std::string_view extension : format.extensions) {
      for (const int bits : {8, 16, 32}) {
        const auto path = folder / fmt::format("a{}{}", bits, extension);
        SCOPED_TRACE(path.string());
        write_image(path, view(std::as_const(ramp)), bits);
        const Image read = read_image(path);
        EXPECT_EQ(read.bits, std::min(bits, format.bits));
        ASSERT_EQ(shape_of(read.pixels), shape_of(ramp));
        // Rounding to the nearest level; JPEG loses more.
        const double step = read.bits == 32 ? 1e-6 : 1 / largest_level(read.bits);
        const double tolerance = format.name == "JPEG" ? 0.05 : 0.51 * step;
        for (Index i = 0; i < view(ramp).size(); ++i)
          ASSERT_NEAR(read.pixels.data()[i], ramp.data()[i], tolerance);
        const Bytes bytes = read_bytes(path);
        for (const ImageFormat& other : image_formats())
          EXPECT_EQ(other.recognizes(bytes), &other == &format) << other.name;
      }
    }
  }
}

}  // namespace
}  // namespace adjoint
