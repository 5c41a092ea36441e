#include "datasets/formats/orientation.hpp"

#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "tests/datasets/files.hpp"
#include "tests/datasets/formats/exif_bytes.hpp"
#include "tests/datasets/formats/jpeg_bytes.hpp"
#include "tests/datasets/formats/png_bytes.hpp"
#include "tests/datasets/formats/tiff_file.hpp"

namespace adjoint {
namespace {

/// How the stored rows "abc", "def" are seen: for each orientation its rows, by hand from the
/// definition (6: the first row is the right-hand side, the first column the top).
struct Seen {
  int orientation;
  std::vector<std::string> rows;
};
const Seen kSeen[] = {
    {1, {"abc", "def"}},     {2, {"cba", "fed"}},     {3, {"fed", "cba"}},
    {4, {"def", "abc"}},     {5, {"ad", "be", "cf"}}, {6, {"da", "eb", "fc"}},
    {7, {"fc", "eb", "da"}}, {8, {"cf", "be", "ad"}},
};

/// An image of bytes as rows of text, a letter for each zoom x zoom pixels.
std::vector<std::string> text_of(const Tensor& pixels, Index zoom = 1) {
  const Shape shape = shape_of(pixels);
  std::vector<std::string> rows;
  for (Index y = zoom / 2; y < shape[0]; y += zoom) {
    rows.emplace_back();
    for (Index x = zoom / 2; x < shape[1]; x += zoom)
      rows.back() += static_cast<char>(std::lround(pixels(y, x, 0) * 255));
  }
  return rows;
}

int orientation_of(const std::string& exif) {
  return exif_orientation({reinterpret_cast<const std::uint8_t*>(exif.data()), exif.size()});
}

TEST(Orientation, IsReadFromExifInBothByteOrders) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    EXPECT_EQ(orientation_of(exif_bytes(orientation, true)), orientation);
    EXPECT_EQ(orientation_of(exif_bytes(orientation, false)), orientation);
  }
}

TEST(Orientation, IsUprightWhereExifIsDamaged) {
  const std::string whole = exif_bytes(6);
  EXPECT_EQ(orientation_of(exif_bytes(0)), 1);
  EXPECT_EQ(orientation_of(exif_bytes(9)), 1);
  // The last entry ends 4 bytes before the end.
  for (std::size_t length = 0; length + 4 < whole.size(); ++length)
    EXPECT_EQ(orientation_of(whole.substr(0, length)), 1) << length;
  for (const std::size_t at : {0U, 2U, 4U, 7U, 22U, 24U}) {  // order, 42, directory, tag, type
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    EXPECT_EQ(orientation_of(damaged), 1) << at;
  }
}

TEST(Orientation, OfAPngIsFollowed) {
  const TempFolder folder;
  for (const Seen& seen : kSeen) {
    SCOPED_TRACE(seen.orientation);
    const auto path = folder.write(
        "a.png",
        png_bytes(
            {.width = 3, .height = 2, .exif = exif_bytes(seen.orientation), .rows = "abcdef"}));
    const Image image = read_image(path);
    EXPECT_EQ(text_of(image.pixels), seen.rows);
    EXPECT_EQ(image_info(path).shape(), shape_of(image.pixels));
    EXPECT_EQ(image_info(path).orientation, 1);
  }
}

TEST(Orientation, OfAJpegIsFollowed) {
  const TempFolder folder;
  std::string rows;
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 24; ++x) rows += "abcdef"[y / 8 * 3 + x / 8];
  }
  for (const Seen& seen : kSeen) {
    SCOPED_TRACE(seen.orientation);
    const JpegContent content{
        .width = 24, .height = 16, .exif = exif_bytes(seen.orientation, false), .rows = rows};
    const auto path = folder.write("a.jpg", jpeg_bytes(content));
    const Image image = read_image(path);
    EXPECT_EQ(text_of(image.pixels, 8), seen.rows);
    EXPECT_EQ(image_info(path).shape(), shape_of(image.pixels));
  }
}

TEST(Orientation, OfATiffIsFollowedHoweverItIsRead) {
  const TempFolder folder;
  std::vector<std::uint16_t> palette(3 * 256);
  for (std::size_t i = 0; i < palette.size(); ++i)
    palette[i] = static_cast<std::uint16_t>(i % 256 * 257);
  for (const Seen& seen : kSeen) {
    for (const bool shown : {false, true}) {  // by libtiff's conversion to RGB
      SCOPED_TRACE(seen.orientation);
      const TiffPage page{.width = 3,
                          .height = 2,
                          .photometric = shown ? PHOTOMETRIC_PALETTE : PHOTOMETRIC_MINISBLACK,
                          .orientation = seen.orientation,
                          .palette = shown ? palette : std::vector<std::uint16_t>(),
                          .rows = "abcdef"};
      const auto path = write_tiff(folder / "a.tif", {page});
      const Image image = read_image(path);
      EXPECT_EQ(text_of(image.pixels), seen.rows);
      EXPECT_EQ(image_info(path).shape(), shape_of(image.pixels));
    }
  }
}

TEST(Orientation, TurnsAlphaAndEachColour) {
  const TempFolder folder;
  const auto path = folder.write("a.png", png_bytes({.width = 2,
                                                     .height = 1,
                                                     .colour = PNG_COLOR_TYPE_RGBA,
                                                     .exif = exif_bytes(8),
                                                     .rows = "abc1def2"}));
  const Image image = read_image(path);
  ASSERT_EQ(shape_of(image.pixels), (Shape{2, 1, 3}));
  EXPECT_THAT(values(image.pixels * 255),
              testing::Pointwise(testing::FloatNear(1e-3F), {'d', 'e', 'f', 'a', 'b', 'c'}));
  ASSERT_TRUE(image.alpha);
  EXPECT_EQ(text_of(*image.alpha), (std::vector<std::string>{"2", "1"}));
}

TEST(Orientation, IsFollowedInTraining) {
  const TempFolder folder;
  folder.write("a.png", png_bytes({.width = 2, .height = 3, .rows = "abcdef"}));
  folder.write("b.png",
               png_bytes({.width = 3, .height = 2, .exif = exif_bytes(6), .rows = "abcdef"}));
  const ImageFolderDataset dataset(folder.path(), {}, 0);
  ASSERT_EQ(dataset.shape(), (Shape{3, 2, 1}));
  EXPECT_EQ(text_of(sample_of(dataset, 1)), (std::vector<std::string>{"da", "eb", "fc"}));
}

TEST(Orientation, IsNoneInWhatIsWritten) {
  const TempFolder folder;
  const auto path = folder.write(
      "a.png", png_bytes({.width = 3, .height = 2, .exif = exif_bytes(6), .rows = "abcdef"}));
  const Image image = read_image(path);
  for (const char* name : {"b.png", "b.tif", "b.bmp", "b.pgm"}) {
    write_image(folder / name, view(image.pixels));
    EXPECT_EQ(text_of(read_image(folder / name).pixels),
              (std::vector<std::string>{"da", "eb", "fc"}))
        << name;
  }
}

}  // namespace
}  // namespace adjoint
