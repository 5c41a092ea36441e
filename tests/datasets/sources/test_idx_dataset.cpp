#include <gmock/gmock.h>
#include <zlib.h>

#include <array>

#include "datasets/sources/idx_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Two images of 2 x 3 pixels: 0 ... 5 and 250 ... 255.
std::string two_images() {
  std::string file{"\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16};
  for (int i = 0; i < 6; ++i) file += static_cast<char>(i);
  for (int i = 250; i < 256; ++i) file += static_cast<char>(i);
  return file;
}

std::string gzip(const std::string& bytes) {
  const TempFolder folder;
  gzFile file = gzopen((folder / "x").c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return contents(folder / "x");
}

template <class Matcher>
void expect_damaged_idx(const std::string& bytes, Matcher message) {
  const TempFolder folder;
  const auto path = folder.write("images", bytes);
  EXPECT_THAT([&] { IdxDataset dataset(path); }, ThrowsMessage<InputError>(message));
}

void expect_two_images(const std::string& bytes) {
  const TempFolder folder;
  const IdxDataset dataset(folder.write("images", bytes));
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(sample_of(dataset, 0)(1, 2, 0), 5.0F / 255);
  EXPECT_EQ(sample_of(dataset, 1)(0, 1, 0), 251.0F / 255);
  EXPECT_EQ(sample_of(dataset, 1, 9)(1, 2, 0), 1.0F);
}

TEST(Idx, ReadsPlainAndCompressedFiles) {
  expect_two_images(two_images());
  expect_two_images(gzip(two_images()));
}

TEST(Idx, SaysWhereATruncatedFileEnds) {
  const std::string whole = two_images();
  expect_damaged_idx(whole.substr(0, 20),
                     AllOf(HasSubstr("truncated"), HasSubstr("expected 12 bytes of pixels"),
                           HasSubstr("2 images of 2x3"), HasSubstr("got 4")));
  expect_damaged_idx(whole.substr(0, 9), HasSubstr("expected a header of 16 bytes, got 9"));
}

TEST(Idx, ReadsNoPartOfAFile) {
  for (const std::string& whole : {two_images(), gzip(two_images())}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      SCOPED_TRACE(length);
      expect_damaged_idx(whole.substr(0, length), HasSubstr("images'"));
    }
  }
}

TEST(Idx, ReadsNoMoreThanTheLimit) {
  // 2 images that are there, of 200000 that are announced.
  std::string file = two_images();
  file.replace(4, 4, std::string("\0\3\x0D\x40", 4));
  const TempFolder folder;
  for (const std::string& bytes : {file, gzip(file)}) {
    const auto path = folder.write("images", bytes);
    const IdxDataset dataset(path, 2);
    EXPECT_EQ(dataset.size(), 2);
    EXPECT_EQ(sample_of(dataset, 1)(0, 1, 0), 251.0F / 255);
    EXPECT_THAT([&] { IdxDataset(path, 3); },
                ThrowsMessage<InputError>(HasSubstr("expected 18 bytes of pixels")));
  }
  for (const Index limit : {0, 2, 3})
    EXPECT_EQ(IdxDataset(folder.write("images", two_images()), limit).size(), 2);
  EXPECT_EQ(IdxDataset(folder.write("images", two_images()), 1).size(), 1);
}

/// Labels for images, 7 and 3.
std::string two_labels() {
  return {"\0\0\x08\x01\0\0\0\x02\x07\x03", 10};
}

TEST(Idx, ReadsTheLabelsBesideTheImages) {
  const TempFolder folder;
  const auto images = folder.write("my-images-idx3-ubyte", two_images());
  EXPECT_EQ(IdxDataset(images).label(1), kNoLabel);
  folder.write("my-labels-idx1-ubyte.gz", gzip(two_labels()));
  for (const Index limit : {0, 1}) EXPECT_EQ(IdxDataset(images, limit).label(0), 7);
  EXPECT_EQ(IdxDataset(images).label(1), 3);
  const auto zipped = folder.write("my-images-idx3-ubyte.gz", gzip(two_images()));
  EXPECT_EQ(IdxDataset(zipped).label(1), 3);
  folder.write("my-labels-idx1-ubyte", two_labels().substr(0, 9));
  EXPECT_THAT([&] { IdxDataset dataset(images); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("my-labels"), HasSubstr("expected 2 bytes of labels (2 labels), "
                                                          "got 1"))));
  std::string three = two_labels() + "x";
  three[7] = 3;
  folder.write("my-labels-idx1-ubyte", three);
  EXPECT_THAT([&] { IdxDataset dataset(images); },
              ThrowsMessage<InputError>(
                  HasSubstr("holds 3 labels, but 'my-images-idx3-ubyte' holds 2 images")));
}

TEST(Idx, NoticesDamage) {
  std::string zipped = gzip(two_images());
  zipped[zipped.size() - 6] ^= 1;  // of the checksum
  expect_damaged_idx(zipped, HasSubstr("is damaged: incorrect data check"));
  expect_damaged_idx(two_images() + "x", HasSubstr("goes on after the 2 images"));
}

TEST(Idx, SaysWhatAFileIsInstead) {
  expect_damaged_idx("PNG, say", HasSubstr("expected it to begin with 0x00000803"));
  std::string labels = two_images();
  labels[3] = 1;
  expect_damaged_idx(labels, HasSubstr("holds labels"));
  std::string floats = two_images();
  floats[2] = 0x0D;
  expect_damaged_idx(floats, HasSubstr("got 0x00000d03"));
}

TEST(Idx, AHeaderThatLiesCostsNoMemory) {
  std::string file = two_images();
  file.replace(4, 4, "\x7F\xFF\xFF\xFF");
  expect_damaged_idx(file, HasSubstr("expected 12884901882 bytes"));
  file.replace(8, 8, "\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF");
  expect_damaged_idx(file, HasSubstr("its header announces"));
  // 2^64 bytes and more: the product must not wrap.
  file.replace(4, 4, "\xFF\xFF\xFF\xFF");
  file.replace(8, 8, std::string("\0\1\0\0\0\1\0\0", 8));
  expect_damaged_idx(file, HasSubstr("expected 18446744069414584320 bytes"));
  file.replace(8, 8, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
  expect_damaged_idx(file, HasSubstr("its header announces"));
}

TEST(Idx, FindsTheFileOfAFolder) {
  const TempFolder folder;
  folder.write("train-images-idx3-ubyte.gz", "");
  folder.write("t10k-images-idx3-ubyte", "");
  EXPECT_EQ(find_idx_images(folder.path(), FileSet::train), folder / "train-images-idx3-ubyte.gz");
  EXPECT_EQ(find_idx_images(folder.path(), FileSet::test), folder / "t10k-images-idx3-ubyte");
  EXPECT_EQ(find_idx_images(folder / "own", FileSet::test), folder / "own");
  const TempFolder empty;
  EXPECT_THAT([&] { find_idx_images(empty.path(), FileSet::test); },
              ThrowsMessage<InputError>(HasSubstr("'t10k-images-idx3-ubyte' nor")));
}

TEST(Idx, AMissingFileIsNamed) {
  EXPECT_THAT(
      [&] { IdxDataset("/nowhere/images"); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("'/nowhere/images'"), HasSubstr("No such"))));
}

TEST(Idx, ReadsFashionMnist) {
  ADJOINT_DATA_OR_SKIP(data);
  const IdxDataset dataset(
      find_idx_images(std::filesystem::path(data) / "fashion-mnist", FileSet::train));
  EXPECT_EQ(dataset.size(), 60000);
  EXPECT_EQ(dataset.shape(), (Shape{28, 28, 1}));
  double sum = 0;
  for (Index i = 0; i < dataset.size(); ++i) {
    for (Real x : sample_of(dataset, i)) sum += x;
  }
  EXPECT_NEAR(sum / (60000.0 * 784), 0.2860, 0.0001);  // the mean that many tutorials give
  std::array<int, 10> counts{};
  for (Index i = 0; i < dataset.size(); ++i)
    ++counts.at(static_cast<std::size_t>(dataset.label(i)));
  EXPECT_THAT(counts, testing::Each(6000));  // as its README says
  EXPECT_EQ(dataset.label(0), 9);            // an ankle boot
}

}  // namespace
}  // namespace adjoint
