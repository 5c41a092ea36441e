#include "datasets/formats/npy.hpp"

#include <gmock/gmock.h>

#include "datasets/sources/npy_dataset.hpp"
#include "framework/tensor/error.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A file of version 1.0 as numpy lays it out.
std::string npy(const std::string& type, const std::string& order, const std::string& shape,
                const std::string& data) {
  std::string head =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  head.resize(117, ' ');
  head += '\n';
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + data;
}

std::vector<Real> numbers_in(const std::string& file) {
  const TempFolder folder;
  return values(read_npy(folder.write("a.npy", file)));
}

template <class Matcher>
void expect_damaged(const std::string& file, Matcher message) {
  const TempFolder folder;
  const auto path = folder.write("a.npy", file);
  EXPECT_THAT([&] { read_npy(path); }, ThrowsMessage<InputError>(message));
}

TEST(Npy, ReadsEveryType) {
  EXPECT_THAT(numbers_in(npy("<f4", "False", "(2,)", bytes_of<float>({1.5F, -2.F}))),
              ElementsAre(1.5, -2));
  EXPECT_THAT(numbers_in(npy("<f8", "False", "(2,)", bytes_of<double>({1.5, -2.}))),
              ElementsAre(1.5, -2));
  EXPECT_THAT(numbers_in(npy("|u1", "False", "(3,)", {"\x00\x01\xFF", 3})), ElementsAre(0, 1, 255));
  EXPECT_THAT(numbers_in(npy("<u2", "False", "(2,)", {"\x01\x02\xFF\xFF", 4})),
              ElementsAre(513, 65535));
  EXPECT_THAT(numbers_in(npy("<i4", "False", "(2,)", bytes_of<int>({-7, 8}))), ElementsAre(-7, 8));
  EXPECT_THAT(numbers_in(npy("<i8", "False", "(1,)", bytes_of<std::int64_t>({-7}))),
              ElementsAre(-7));
  EXPECT_THAT(numbers_in(npy("|b1", "False", "(2,)", {"\x01\x00", 2})), ElementsAre(1, 0));
}

TEST(Npy, KeepsTheShape) {
  const TempFolder folder;
  const Tensor array = read_npy(folder.write("a.npy", npy("|u1", "False", "(1, 3, 2)", "abcdef")));
  EXPECT_EQ(shape_of(array), (Shape{1, 3, 2}));
  EXPECT_EQ(array(0, 2, 1), 'f');
  const Tensor number = read_npy(folder.write("b.npy", npy("|u1", "False", "()", "x")));
  EXPECT_EQ(shape_of(number).rank(), 0);
  EXPECT_EQ(*number.data(), 'x');
}

TEST(Npy, ReadsAHeadOfVersion2) {
  std::string file = npy("|u1", "False", "(1,)", "x");
  file.replace(6, 4, std::string("\x02\x00\x76\x00\x00\x00", 6));
  EXPECT_THAT(numbers_in(file), ElementsAre('x'));
}

TEST(Npy, WritesWhatNumpyWrites) {
  const TempFolder folder;
  Tensor array = make_tensor({2, 1});
  array(0, 0) = 0.25F;
  array(1, 0) = -3;
  write_npy(folder / "a.npy", view(array));
  EXPECT_EQ(contents(folder / "a.npy"),
            npy("<f4", "False", "(2, 1)", bytes_of<float>({0.25F, -3.F})));
  write_npy(folder / "b.npy", view(array).reshaped({2}));
  EXPECT_EQ(contents(folder / "b.npy"),
            npy("<f4", "False", "(2,)", bytes_of<float>({0.25F, -3.F})));
}

TEST(Npy, ReadsNoPartOfAFile) {
  const std::string whole = npy("<u2", "False", "(2, 3)", "abcdefghijkl");
  EXPECT_EQ(numbers_in(whole).size(), 6U);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    expect_damaged(whole.substr(0, length), HasSubstr("a.npy'"));
  }
  expect_damaged(whole.substr(0, whole.size() - 5),
                 HasSubstr("truncated: 2x3 elements of type <u2 take 12 bytes, got 7"));
  expect_damaged(whole + "m", HasSubstr("damaged: 2x3 elements of type <u2 take 12 bytes, got 13"));
}

TEST(Npy, SaysWhatItCannotRead) {
  expect_damaged("GIF89a and more", HasSubstr("is not an .npy file"));
  expect_damaged(npy("<c8", "False", "(1,)", "12345678"),
                 AllOf(HasSubstr("'<c8'"), HasSubstr("<f4, <f8"), HasSubstr("astype")));
  expect_damaged(npy(">f4", "False", "(1,)", "1234"), HasSubstr("'>f4'"));
  expect_damaged(npy("|u1", "True", "(2, 2)", "1234"), HasSubstr("numpy.ascontiguousarray"));
  expect_damaged(npy("|u1", "False", "(1, 1, 1, 1, 1, 1)", "1"), HasSubstr("up to 5 axes"));
  expect_damaged(npy("|u1", "False", "(-1,)", ""), HasSubstr("cannot understand its head"));
  expect_damaged(npy("|u1", "Maybe", "(1,)", "1"), HasSubstr("cannot understand its head"));
  expect_damaged(npy("|u1", "False", "(9223372036854775807, 4)", "1"), HasSubstr("damaged"));
  expect_damaged(npy("<f4", "False", "(0, 42, 331745017374498420, 11014)", ""),
                 HasSubstr("damaged"));
  // A head of nothing, where the file ends: the debug build sees a step behind the bytes.
  expect_damaged(std::string("\x93NUMPY\x01\x00\x00\x00", 10), HasSubstr("cannot understand"));
  std::string future = npy("|u1", "False", "(1,)", "1");
  future[6] = 4;
  expect_damaged(future, HasSubstr("version 4.0"));
}

TEST(NpyDataset, ScalesIntegersAndTakesFloatsAsTheyAre) {
  const TempFolder folder;
  const NpyDataset bytes_of_images(
      folder.write("a.npy", npy("|u1", "False", "(2, 1, 2)", {"\x00\x33\x66\xFF", 4})));
  EXPECT_EQ(bytes_of_images.size(), 2);
  EXPECT_EQ(bytes_of_images.shape(), (Shape{1, 2, 1}));
  EXPECT_THAT(values(sample_of(bytes_of_images, 1)),
              ElementsAre(testing::FloatEq(0.4F), testing::FloatEq(1)));
  const NpyDataset floats(
      folder.write("b.npy", npy("<f4", "False", "(1, 1, 1, 2)", bytes_of<float>({0.5F, 7.F}))));
  EXPECT_EQ(floats.shape(), (Shape{1, 1, 2}));
  EXPECT_THAT(values(sample_of(floats, 0)), ElementsAre(0.5, 7));
  const NpyDataset one(folder.write("c.npy", npy("<u2", "False", "(1, 1)", "\xFF\xFF")));
  EXPECT_EQ(one.size(), 1);
  EXPECT_THAT(values(sample_of(one, 0)), ElementsAre(testing::FloatEq(1)));
}

TEST(NpyDataset, ReadsLargeSamplesInPieces) {
  const TempFolder folder;
  Tensor array = make_tensor({2, 100, 120});
  for (Index i = 0; i < 24000; ++i) array.data()[i] = static_cast<Real>(i);
  write_npy(folder / "a.npy", view(array));
  const NpyDataset dataset(folder / "a.npy");
  const Tensor sample = sample_of(dataset, 1);
  for (Index i = 0; i < 12000; ++i) ASSERT_EQ(sample.data()[i], static_cast<Real>(12000 + i));
}

TEST(NpyDataset, OpensWhatIsLargerThanMemoryAndReadsOnlyWhatIsAskedFor) {
  const TempFolder folder;
  // 64 GB, of which the disk holds the head and one image.
  const auto path = folder.write("a.npy", npy("<f4", "False", "(1000000, 128, 128)", ""));
  constexpr std::uintmax_t kImage = 128 * 128 * 4;
  std::filesystem::resize_file(path, 128 + 1000000 * kImage);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(128 + 999998 * kImage);
    file << bytes_of<float>({0.25F, 7.5F});
  }
  const NpyDataset dataset(path);
  EXPECT_EQ(dataset.size(), 1000000);
  EXPECT_EQ(sample_of(dataset, 999998)(0, 1, 0), 7.5F);
  EXPECT_EQ(sample_of(dataset, 3)(127, 127, 0), 0);
}

TEST(NpyDataset, RefusesWhatIsNoImage) {
  const TempFolder folder;
  const auto expect = [&](const std::string& file, const char* message) {
    const auto path = folder.write("a.npy", file);
    EXPECT_THAT([&] { NpyDataset dataset(path); }, ThrowsMessage<InputError>(HasSubstr(message)));
  };
  expect(npy("|u1", "False", "(1,)", "1"), "expected (count, height, width, channels)");
  expect(npy("|u1", "False", "(0, 2, 2)", ""), "expected (count, height, width, channels)");
  expect(npy("<i4", "False", "(1, 1)", "1234"), "elements of type '<i4'");
}

}  // namespace
}  // namespace adjoint
