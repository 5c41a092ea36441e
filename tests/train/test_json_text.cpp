#include "train/program/json_text.hpp"

#include <gtest/gtest.h>

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

/// The bytes that a text of a document stands for.
std::string bytes_of_text(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.compare(i, 2, "\xEF\x82") == 0 || text.compare(i, 2, "\xEF\x83") == 0;
    if (!escape) {
      bytes += text[i];
      continue;
    }
    bytes += static_cast<char>((text[i + 1] == '\x83' ? 0xC0 : 0x80) | (text[i + 2] & 0x3F));
    i += 2;
  }
  return bytes;
}

TEST(JsonText, KeepsWhatIsUtf8) {
  const Json document{{"name", "K\u00f6ln \u65e5\u672c \U0001F600 \"a\\b\"\n"},
                      {"numbers", {1, 2.5, true, nullptr}},
                      {"empty", Json::object()}};
  EXPECT_EQ(json_text(document), document.dump(2));
}

TEST(JsonText, KeepsTheBytesOfAnyName) {
  const std::string names[] = {
      "caf\xE9.png",       // Latin-1
      "\x80",              // continues nothing
      "\xC3",              // ends early
      "\xC0\xAF",          // longer than need be
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // beyond the last character
      "\xEF\x83\xA9",      // a character that stands for a byte
      "a\xE2\x82\xAC"
      "b\xFF\xE2\x82",  // both kinds
  };
  for (const std::string& name : names) {
    const Json read = Json::parse(json_text({{"name", name}, {"list", {name}}, {name, 1}}));
    EXPECT_EQ(bytes_of_text(read["name"]), name);
    EXPECT_EQ(bytes_of_text(read["list"][0]), name);
    EXPECT_EQ(bytes_of_text(std::prev(read.end()).key()), name);
  }
  EXPECT_EQ(Json::parse(json_text("\xE9")), "\uF0E9");
}

}  // namespace
}  // namespace adjoint
