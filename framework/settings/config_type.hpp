#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/settings/config_value.hpp"

namespace adjoint {

/// A number, or a range [low, high] from which one is drawn for each sample.
struct NumberRange {
  double low = 0;
  double high = 0;
  bool operator==(const NumberRange&) const = default;
};

/// Conversion of one type of settings: `name` says what a user should write ("an integer"), read()
/// returns false if the value is something else, write() gives it back; nothing for one that is
/// left out.
template <class T>
struct ConfigType;

// The value types that a config may hold. Definitions in config_type.cpp.
#define ADJOINT_CONFIG_TYPE(Type, words)                        \
  template <>                                                   \
  struct ConfigType<Type> {                                     \
    static constexpr std::string_view name = words;             \
    static bool read(const ConfigValue& from, Type& value);     \
    static std::optional<ConfigValue> write(const Type& value); \
  }
ADJOINT_CONFIG_TYPE(bool, "true or false");
ADJOINT_CONFIG_TYPE(Index, "an integer");
ADJOINT_CONFIG_TYPE(double, "a number");
ADJOINT_CONFIG_TYPE(std::string, "a string");
ADJOINT_CONFIG_TYPE(std::vector<std::string>, "a list of strings");
ADJOINT_CONFIG_TYPE(std::vector<double>, "a list of numbers");
ADJOINT_CONFIG_TYPE(std::vector<Index>, "a list of integers");
ADJOINT_CONFIG_TYPE(Shape, "a list of at most 4 integers");
ADJOINT_CONFIG_TYPE(NumberRange, "a number or a range [low, high]");
ADJOINT_CONFIG_TYPE(Extent2, "an integer or [height, width]");
ADJOINT_CONFIG_TYPE(Padding, "a count, [height, width] or [[top, bottom], [left, right]]");
ADJOINT_CONFIG_TYPE(PaddingRule,
                    "\"same\", \"valid\", a count of zeros or [[top, bottom], [left, right]]");
#undef ADJOINT_CONFIG_TYPE

/// A key that may be left out: unset stays unset.
template <class T>
struct ConfigType<std::optional<T>> {
  static constexpr std::string_view name = ConfigType<T>::name;
  static bool read(const ConfigValue& from, std::optional<T>& value) {
    return ConfigType<T>::read(from, value.emplace());
  }
  static std::optional<ConfigValue> write(const std::optional<T>& value) {
    return value ? ConfigType<T>::write(*value) : std::nullopt;
  }
};

}  // namespace adjoint
