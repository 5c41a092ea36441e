#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adjoint {

/// A key of a config by its whole name.
struct FlatKey {
  std::string name;     // "model.layer.enc1.filters"
  std::string value;    // as TOML
  std::string element;  // of an array of tables in which it stands: "model.layer.enc1"; else empty
  bool operator==(const FlatKey&) const = default;
};

/// Every key of a TOML text, in the alphabetical order of their names within a table. Elements of
/// an array of tables go by their `name`, or by their position from 1. Throws InputError where it
/// is no TOML; `file` is for the message.
std::vector<FlatKey> flat_config(std::string_view text, const std::string& file);

}  // namespace adjoint
