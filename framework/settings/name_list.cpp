#include "framework/settings/name_list.hpp"

#include <fmt/ranges.h>

namespace adjoint {

std::string name_list(std::span<const std::string> names, std::size_t most) {
  if (names.size() <= most) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.first(most), ", "), names.size() - most);
}

}  // namespace adjoint
