#include "datasets/fetch/bytes_text.hpp"

#include <fmt/format.h>

namespace adjoint {

std::string bytes_text(std::uintmax_t bytes) {
  constexpr double kMega = 1e6, kGiga = 1e9;
  const auto number = static_cast<double>(bytes);
  if (number >= kGiga) return fmt::format("{:.1f} GB", number / kGiga);
  if (number >= kMega / 10) return fmt::format("{:.1f} MB", number / kMega);
  return fmt::format("{} bytes", bytes);
}

}  // namespace adjoint
