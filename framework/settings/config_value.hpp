#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "framework/tensor/shape.hpp"

namespace adjoint {

struct ConfigValue;
using ConfigList = std::vector<ConfigValue>;
/// A table written on one line, { key = value, ... }, in its order.
using ConfigTable = std::vector<std::pair<std::string, ConfigValue>>;
/// A value that no setting takes, such as a date, as it is written.
struct ConfigOther {
  std::string text;
  bool operator==(const ConfigOther&) const = default;
};

/// A value as a config holds it, whatever the format of the file: models/config turns TOML into
/// these and back.
struct ConfigValue {
  std::variant<bool, Index, double, std::string, ConfigList, ConfigTable, ConfigOther> content;

  ConfigValue(bool value) : content(value) {}
  ConfigValue(Index value) : content(value) {}
  ConfigValue(double value) : content(value) {}
  ConfigValue(std::string value) : content(std::move(value)) {}
  ConfigValue(const char* value) : content(std::string(value)) {}
  ConfigValue(ConfigList value) : content(std::move(value)) {}
  ConfigValue(ConfigTable value) : content(std::move(value)) {}
  ConfigValue(ConfigOther value) : content(std::move(value)) {}

  /// The value if it is of this type, else null.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&content);
  }
  bool operator==(const ConfigValue&) const = default;
};

}  // namespace adjoint
