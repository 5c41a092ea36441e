// The format, and files that lie about it.

#include "models/formats/safetensors.hpp"

#include <gmock/gmock.h>

#include "tests/datasets/files.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class Safetensors : public testing::Test {
 protected:
  static std::string file_of(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
  }
  std::vector<ForeignWeight> read(const std::string& header, const std::string& data) const {
    return read_safetensors(folder_.write("a.safetensors", file_of(header, data)).string());
  }
  std::string refusal(const std::string& header, const std::string& data) const {
    const std::string message = error_of([&] { read(header, data); });
    EXPECT_THAT(message, HasSubstr("a.safetensors")) << header;
    return message;
  }
  /// One tensor "w" of 4 bytes for each character of its type, as the text says.
  std::string refusal_of_entry(const std::string& entry) const {
    return refusal(R"({"w":)" + entry + "}", std::string(16, '\0'));
  }

  TempFolder folder_;
};

TEST_F(Safetensors, AreReadInTheOrderOfTheirPlaces) {
  const auto weights = read(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},)"
      R"("a":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
      R"("none":{"dtype":"U8","shape":[0,3],"data_offsets":[16,16]}}  )",
      bytes_of<double>({-0.5}) + bytes_of<float>({1, 2.5}));
  ASSERT_EQ(weights.size(), 3u);
  EXPECT_EQ(weights[0].name, "a");
  EXPECT_EQ(weights[0].value.dimension(), 0u);
  EXPECT_EQ(weights[0].value.data()[0], -0.5F);
  EXPECT_EQ(weights[1].name, "b");
  EXPECT_EQ(shape_of(weights[1].value), (Shape{2, 1}));
  EXPECT_THAT(values(weights[1].value), ElementsAre(1, 2.5));
  EXPECT_EQ(weights[2].value.size(), 0u);
}

// Bits from IEEE 754-2008, table 3.5, and from the truncation of float32.
TEST_F(Safetensors, AreReadInEveryType) {
  const auto one = [&](const std::string& type, const std::string& data, int count) {
    return values(read(fmt::format(R"({{"w":{{"dtype":"{}","shape":[{}],"data_offsets":[0,{}]}}}})",
                                   type, count, data.size()),
                       data)[0]
                      .value);
  };
  EXPECT_THAT(
      one("F16", bytes_of<std::uint16_t>({0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8000, 0x03FF}), 6),
      ElementsAre(1.0F, -2.0F, 5.9604645e-8F, 65504.0F, -0.0F, 6.0975552e-5F));
  EXPECT_THAT(one("BF16", bytes_of<std::uint16_t>({0x3F80, 0xC040, 0x0000}), 3),
              ElementsAre(1.0F, -3.0F, 0.0F));
  EXPECT_THAT(one("I64", bytes_of<std::int64_t>({-7, 1 << 20}), 2), ElementsAre(-7, 1 << 20));
  EXPECT_THAT(one("I32", bytes_of<std::int32_t>({-7}), 1), ElementsAre(-7));
  EXPECT_THAT(one("I16", bytes_of<std::int16_t>({-7}), 1), ElementsAre(-7));
  EXPECT_THAT(one("I8", "\xF9", 1), ElementsAre(-7));
  EXPECT_THAT(one("U8", "\xF9", 1), ElementsAre(249));
  EXPECT_THAT(one("BOOL", std::string("\1\0", 2), 2), ElementsAre(1, 0));
}

TEST_F(Safetensors, AreRefusedWhereTheirPlacesLie) {
  const std::string good = R"("dtype":"F32","shape":[4])";
  EXPECT_THAT(refusal_of_entry("{" + good + R"(,"data_offsets":[0,20]})"), HasSubstr("\"w\""));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F32","shape":[5],"data_offsets":[0,20]})"),
              AllOf(HasSubstr("truncated"), HasSubstr("ends at byte 20")));
  EXPECT_THAT(refusal_of_entry("{" + good + R"(,"data_offsets":[16,0]})"), HasSubstr("no place"));
  EXPECT_THAT(refusal_of_entry("{" + good + R"(,"data_offsets":[0]})"), HasSubstr("no place"));
  EXPECT_THAT(refusal_of_entry("{" + good + "}"), HasSubstr("no place"));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F32","shape":[3],"data_offsets":[0,12]})"),
              HasSubstr("take 12 bytes of data, and it has 16"));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F32","shape":[3],"data_offsets":[4,16]})"),
              HasSubstr("behind a gap"));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F32","shape":[-4],"data_offsets":[0,16]})"),
              HasSubstr("the number -4"));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F32","shape":[4.0],"data_offsets":[0,16]})"),
              HasSubstr("the number 4.0"));
  EXPECT_THAT(refusal_of_entry(
                  R"({"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,16]})"),
              HasSubstr("does not fill"));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F32","shape":[1,1,1,1,1,4],"data_offsets":[0,16]})"),
              HasSubstr("6 axes"));
  EXPECT_THAT(refusal_of_entry(R"({"dtype":"F8_E4M3","shape":[16],"data_offsets":[0,16]})"),
              HasSubstr("of type \"F8_E4M3\""));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                      R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                      std::string(12, '\0')),
              AllOf(HasSubstr("\"b\""), HasSubstr("inside another one")));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                      R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                      std::string(16, '\0')),
              HasSubstr("stands there twice"));
}

TEST_F(Safetensors, AreRefusedWhereTheirTextIsNone) {
  EXPECT_THAT(refusal("{", ""), HasSubstr("no JSON"));
  EXPECT_THAT(refusal("[]", ""), HasSubstr("list"));
  EXPECT_THAT(refusal("\"text\"", ""), HasSubstr("text"));
  EXPECT_THAT(refusal("3", ""), HasSubstr("number"));
  EXPECT_THAT(refusal(R"({"w":null})", ""), HasSubstr("null"));
  EXPECT_THAT(refusal(R"({"w":{"dtype":true}})", ""), HasSubstr("truth value"));
  EXPECT_THAT(refusal(R"({"w":{"shape":[[1]]}})", ""), HasSubstr("list"));
  EXPECT_THAT(refusal(R"({"w":{"shape":[0,0,0,0,0,0,0,0,0]}})", ""), HasSubstr("too long"));
  // Nested without end: refused where it gets too deep.
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"a\":";
  EXPECT_THAT(refusal(deep, ""), HasSubstr("object in it"));
  EXPECT_THAT(refusal(std::string(1'000'000, '['), ""), HasSubstr("list"));
}

TEST_F(Safetensors, AreRefusedWhereTheirLengthLies) {
  const auto refusal_of_file = [&](const std::string& bytes) {
    const std::string path = folder_.write("b.safetensors", bytes).string();
    return error_of([&] { read_safetensors(path); });
  };
  EXPECT_THAT(refusal_of_file(""), HasSubstr("b.safetensors is no safetensors file"));
  EXPECT_THAT(refusal_of_file("\1\0\0"), HasSubstr("no safetensors file"));
  EXPECT_THAT(refusal_of_file(bytes_of<std::uint64_t>({3}) + "{}"), HasSubstr("3 bytes"));
  EXPECT_THAT(refusal_of_file(bytes_of<std::uint64_t>({~std::uint64_t{0}}) + "{}"),
              HasSubstr("18446744073709551615 bytes"));
  EXPECT_THAT(error_of([&] { read_safetensors((folder_ / "none").string()); }),
              HasSubstr("cannot open"));
  EXPECT_THAT(error_of([&] { read_safetensors(folder_.path().string()); }),
              HasSubstr("is a folder"));
}

TEST_F(Safetensors, ReadBackWhatIsWritten) {
  const Tensor numbers{{1.5F, -2, 3}, {0, 5, 1e-20F}};
  const std::string path = (folder_ / "c.safetensors").string();
  write_safetensors(path, {{.name = "a \"b\"", .value = numbers},
                           {.name = "n", .value = make_tensor({1}, 9), .is_integer = true}});
  const auto weights = read_safetensors(path);
  ASSERT_EQ(weights.size(), 2u);
  EXPECT_EQ(weights[0].name, "n");
  EXPECT_EQ(weights[0].value.data()[0], 9);
  EXPECT_EQ(weights[1].name, "a \"b\"");
  EXPECT_EQ(weights[1].value, numbers);
}

}  // namespace
}  // namespace adjoint
