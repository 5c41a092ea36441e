#pragma once

#include <string>

namespace adjoint {

/// EXIF data of two entries, the second of them the orientation.
inline std::string exif_bytes(int orientation, bool little = true) {
  const auto number = [&](int value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
      text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i));
    return text;
  };
  const auto entry = [&](int tag, int value) {
    // SHORT, one of them, in the first two bytes of four.
    return number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2);
  };
  return (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) + entry(0x0106, 2) +
         entry(0x0112, orientation) + number(0, 4);
}

}  // namespace adjoint
