#include "train/tensorboard/crc32c.hpp"

#include <array>

namespace adjoint {
namespace {

/// The remainders of all bytes.
constexpr std::array<std::uint32_t, 256> kRemainders = [] {
  std::array<std::uint32_t, 256> remainders{};
  for (std::uint32_t byte = 0; byte < remainders.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? 0x82F63B78U : 0U);
    remainders[byte] = remainder;
  }
  return remainders;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t sum = 0xFFFFFFFFU;
  for (const char c : bytes)
    sum = sum >> 8 ^ kRemainders[(sum ^ static_cast<unsigned char>(c)) & 0xFFU];
  return ~sum;
}

}  // namespace adjoint
