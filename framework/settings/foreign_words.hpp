#pragma once

// Translates names of Keras, PyTorch and common speech into the names of a config. Names that
// differ from ours by a few letters need no row: near_miss.hpp finds them.

#include <span>
#include <string>
#include <string_view>

namespace adjoint {

/// The one of `names` that another library calls `word`; "" if there is none.
std::string own_name(std::string_view word, std::span<const std::string> names);

/// "; it is training.patience here;" for a key of another library that has its place in another
/// table, else "".
std::string other_place(std::string_view word);

}  // namespace adjoint
