#pragma once

#include <span>
#include <string>
#include <string_view>

namespace adjoint {

/// The fewest insertions, deletions, replacements and swaps of neighbours that turn one word into
/// the other (optimal string alignment).
int edit_distance(std::string_view a, std::string_view b);

/// The name that was probably meant by `word`: the nearest within a third of its letters (case does
/// not count), else one that begins with it; "" if there is none.
std::string nearest_name(std::string_view word, std::span<const std::string> names);

/// The name for what another library calls `word`, else the nearest name; "" if there is neither.
std::string meant_name(std::string_view word, std::span<const std::string> names);

/// "; did you mean \"epochs\"?" or "", of meant_name().
std::string did_you_mean(std::string_view word, std::span<const std::string> names);

/// "\"a\", \"b\"".
std::string quoted_list(std::span<const std::string> names);

}  // namespace adjoint
