// NumPy's format in memory; files of it: tests/datasets/formats/test_npy.cpp.

#include "framework/storage/npy_format.hpp"

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string npy_text(const std::string& type, const std::string& order, const std::string& shape,
                     const std::string& data) {
  std::string head =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  head.resize(117, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + '\n' + data;
}
Tensor parsed(const std::string& file) {
  return parse_npy(std::as_bytes(std::span(file)), "a.npy");
}

// numpy.asfortranarray([[0, 1, 2], [3, 4, 5]]) stores 0 3 1 4 2 5.
TEST(NpyFormat, ReadsFortranOrder) {
  const Tensor array = parsed(npy_text("|u1", "True", "(2, 3)", std::string("\0\3\1\4\2\5", 6)));
  EXPECT_EQ(shape_of(array), (Shape{2, 3}));
  EXPECT_THAT(std::vector<Real>(array.begin(), array.end()), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(array.data()[1], 1) << "in memory, too";
  EXPECT_THAT(parsed(npy_text("|u1", "True", "(3,)", "abc")).data()[2], 'c');
}

TEST(NpyFormat, ReadsHalves) {
  EXPECT_THAT(parsed(npy_text("<f2", "False", "(2,)", std::string("\x00\x3C\x00\xC1", 4))),
              ElementsAre(1, -2.5));
}

TEST(NpyFormat, IsReadWholeOrNotAtAll) {
  const std::string whole = npy_text("<f4", "False", "(2,)", "12345678");
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_THROW(parsed(whole.substr(0, length)), InputError) << length;
  EXPECT_THAT([&] { parsed(whole + "9"); },
              ThrowsMessage<InputError>(HasSubstr("'a.npy' is damaged")));
}

// Four bytes a character; what is no UTF-8 is U+FFFD.
TEST(NpyFormat, WritesTexts) {
  const auto characters = [](std::u32string text) {
    return std::string(reinterpret_cast<const char*>(text.data()), 4 * text.size());
  };
  EXPECT_EQ(npy_bytes(std::vector<std::string>{"ab\xC3\xA9", "\xF0\x9F\x99\x82", "\xFFz\xC3"}),
            npy_text("<U3", "False", "(3,)",
                     characters(U"ab\u00e9") + characters(std::u32string(U"\U0001F642\0\0", 3)) +
                         characters(U"\uFFFDz\uFFFD")));
  EXPECT_EQ(npy_bytes(std::vector<std::string>{}), npy_text("<U1", "False", "(0,)", ""));
}

}  // namespace
}  // namespace adjoint
