#include "train/program/json_text.hpp"

#include <string_view>

namespace adjoint {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes of the UTF-8 character with which a text begins; 0 if it begins with none. Source: RFC
/// 3629, section 4.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t bytes = first >= 0xC2 && first <= 0xDF   ? 2
                            : first >= 0xE0 && first <= 0xEF ? 3
                            : first >= 0xF0 && first <= 0xF4 ? 4
                                                             : 0;
  if (bytes == 0 || bytes > text.size()) return 0;
  // Neither longer than need be, nor a surrogate, nor beyond U+10FFFF.
  const unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

/// Whether a character is one that stands for a byte.
bool is_escape(std::string_view character) {
  return character.starts_with("\xEF\x82") || character.starts_with("\xEF\x83");
}

std::string utf8_text(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = character_bytes(bytes);
    if (length > 0 && !is_escape(bytes.substr(0, length))) {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
    } else {
      const auto byte = static_cast<unsigned char>(bytes.front());
      text += '\xEF';
      text += byte < 0xC0 ? '\x82' : '\x83';
      text += static_cast<char>(0x80 | (byte & 0x3F));
      bytes.remove_prefix(1);
    }
  }
  return text;
}

Json with_utf8_texts(const Json& document) {
  if (document.is_string()) return utf8_text(document.get_ref<const std::string&>());
  if (!document.is_structured()) return document;
  Json copy = document.is_array() ? Json::array() : Json::object();
  for (const auto& [key, value] : document.items()) {
    if (document.is_array())
      copy.push_back(with_utf8_texts(value));
    else
      copy[utf8_text(key)] = with_utf8_texts(value);
  }
  return copy;
}

}  // namespace

std::string json_text(const Json& document) {
  return with_utf8_texts(document).dump(2);
}

}  // namespace adjoint
