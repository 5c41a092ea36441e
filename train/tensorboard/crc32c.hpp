#pragma once

#include <cstdint>
#include <string_view>

namespace adjoint {

/// The checksum CRC-32C (Castagnoli): reflected polynomial 0x82F63B78, all bits inverted before and
/// after. Of "123456789" it is 0xE3069283. Source: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace adjoint
