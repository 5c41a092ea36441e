#include "datasets/picture_text.hpp"

#include <algorithm>
#include <array>

namespace adjoint {
namespace {

constexpr Index kWidth = 5, kHeight = 7;
constexpr char kFirst = ' ', kLast = '~';

/// From ' ' to '~'. A letter's seven rows from the top, each a digit to the base of 32 (0-9, a-v),
/// whose five bits are its pixels from the left: 'e' is .###.
constexpr std::array<const char*, kLast - kFirst + 1> kLetters = {
    // clang-format off
    "0000000", "4444404", "aaa0000", "aavavaa", "4fke5u4", "op248j3", "cik8lid", "4480000",  //  !"#$%&'
    "2488842", "8422248", "04lel40", "044v440", "0000c48", "000v000", "00000cc", "01248g0",  // ()*+,-./
    "ehjlphe", "4c4444e", "eh1248v", "v2421he", "26aiv22", "vgu11he", "68guhhe", "v124888",  // 01234567
    "ehhehhe", "ehhf12c", "0cc0cc0", "0cc0c48", "248g842", "00v0v00", "8421248", "eh12404",  // 89:;<=>?
    "eh1dlle", "ehhvhhh", "uhhuhhu", "ehggghe", "sihhhis", "vgguggv", "vgguggg", "ehgnhhf",  // @ABCDEFG
    "hhhvhhh", "e44444e", "72222ic", "hikokih", "ggggggv", "hrllhhh", "hhpljhh", "ehhhhhe",  // HIJKLMNO
    "uhhuggg", "ehhhlid", "uhhukih", "fgge11u", "v444444", "hhhhhhe", "hhhhha4", "hhhllla",  // PQRSTUVW
    "hha4ahh", "hhha444", "v1248gv", "e88888e", "0g84210", "e22222e", "4ah0000", "000000v",  // XYZ[\]^_
    "8400000", "00e1fhf", "ggmphhu", "00egghe", "11djhhf", "00ehvge", "698s888", "0fhhf1e",  // `abcdefg
    "ggmphhh", "40c444e", "20622ic", "ggikoki", "c44444e", "00qllll", "00mphhh", "00ehhhe",  // hijklmno
    "00uhugg", "00djf11", "00mpggg", "00fge1u", "88s8896", "00hhhjd", "00hhha4", "00hhlla",  // pqrstuvw
    "00ha4ah", "00hhf1e", "00v248v", "2448442", "4444444", "8442448", "008l200",             // xyz{|}~
    // clang-format on
};

int row_bits(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

bool is_inked(char letter, Index y, Index x) {
  const char shown = letter < kFirst || letter > kLast ? '?' : letter;
  const char* const rows = kLetters[static_cast<std::size_t>(shown - kFirst)];
  return row_bits(rows[y]) >> (kWidth - 1 - x) & 1;
}

}  // namespace

void draw_text(std::string_view text, Index top, Index left, Index zoom, View picture) {
  const Index height = picture.shape[0], width = picture.shape[1], channels = picture.shape[2];
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Index start = left + static_cast<Index>(i) * picture_text::kAdvance * zoom;
    for (Index y = 0; y < kHeight * zoom; ++y) {
      for (Index x = 0; x < kWidth * zoom; ++x) {
        const Index row = top + y, column = start + x;
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        if (!is_inked(text[i], y / zoom, x / zoom)) continue;
        std::fill_n(picture.data + (row * width + column) * channels, channels, Real{0});
      }
    }
  }
}

std::string fitting_text(const std::string& text, Index width, Index zoom, Keep keep) {
  const auto most = static_cast<std::size_t>(std::max<Index>(
      0, (width + zoom) / (picture_text::kAdvance * zoom)));  // the last gap may be outside
  if (text.size() <= most) return text;
  if (most <= 3) return std::string(most, '.');
  return keep == Keep::beginning ? text.substr(0, most - 3) + "..."
                                 : "..." + text.substr(text.size() - (most - 3));
}

}  // namespace adjoint
