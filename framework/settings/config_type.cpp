#include "framework/settings/config_type.hpp"

#include <algorithm>
#include <cmath>

namespace adjoint {
namespace {

/// Takes the value if it is of this very type.
template <class T>
bool take(const ConfigValue& from, T& value) {
  const T* found = from.as<T>();
  if (found) value = *found;
  return found;
}

template <class T>
bool read_list(const ConfigValue& from, std::vector<T>& values) {
  const auto* list = from.as<ConfigList>();
  if (!list) return false;
  values.clear();
  return std::ranges::all_of(*list, [&](const ConfigValue& element) {
    return ConfigType<T>::read(element, values.emplace_back());
  });
}

/// Reads a list of exactly two values.
template <class T>
bool read_pair(const ConfigValue& from, T& first, T& second) {
  const auto* list = from.as<ConfigList>();
  return list && list->size() == 2 && ConfigType<T>::read((*list)[0], first) &&
         ConfigType<T>::read((*list)[1], second);
}

/// Reads one count for all sides or [[top, bottom], [left, right]].
bool read_sides(const ConfigValue& from, Padding& value) {
  auto& [top, bottom, left, right] = value;
  if (ConfigType<Index>::read(from, top)) {
    bottom = left = right = top;
  } else {
    const auto* sides = from.as<ConfigList>();
    if (!sides || sides->size() != 2 || !read_pair((*sides)[0], top, bottom) ||
        !read_pair((*sides)[1], left, right))
      return false;
  }
  return std::min({top, bottom, left, right}) >= 0;
}

}  // namespace

bool ConfigType<bool>::read(const ConfigValue& from, bool& value) {
  return take(from, value);
}
std::optional<ConfigValue> ConfigType<bool>::write(const bool& value) {
  return value;
}

bool ConfigType<Index>::read(const ConfigValue& from, Index& value) {
  return take(from, value);
}
std::optional<ConfigValue> ConfigType<Index>::write(const Index& value) {
  return value;
}

// An integer is a number too; infinity and NaN are settings of nothing.
bool ConfigType<double>::read(const ConfigValue& from, double& value) {
  if (const auto* integer = from.as<Index>()) {
    value = static_cast<double>(*integer);
    return true;
  }
  return take(from, value) && std::isfinite(value);
}
std::optional<ConfigValue> ConfigType<double>::write(const double& value) {
  return value;
}

bool ConfigType<std::string>::read(const ConfigValue& from, std::string& value) {
  return take(from, value);
}
std::optional<ConfigValue> ConfigType<std::string>::write(const std::string& value) {
  return value;
}

bool ConfigType<std::vector<std::string>>::read(const ConfigValue& from,
                                                std::vector<std::string>& value) {
  return read_list(from, value);
}
std::optional<ConfigValue> ConfigType<std::vector<std::string>>::write(
    const std::vector<std::string>& value) {
  return ConfigList(value.begin(), value.end());
}

bool ConfigType<std::vector<double>>::read(const ConfigValue& from, std::vector<double>& value) {
  return read_list(from, value);
}
std::optional<ConfigValue> ConfigType<std::vector<double>>::write(
    const std::vector<double>& value) {
  return ConfigList(value.begin(), value.end());
}

bool ConfigType<std::vector<Index>>::read(const ConfigValue& from, std::vector<Index>& value) {
  return read_list(from, value);
}
std::optional<ConfigValue> ConfigType<std::vector<Index>>::write(const std::vector<Index>& value) {
  return ConfigList(value.begin(), value.end());
}

bool ConfigType<Shape>::read(const ConfigValue& from, Shape& value) {
  std::vector<Index> extents;
  // A batch adds an axis.
  if (!read_list(from, extents) || extents.size() >= Shape::kMaxRank) return false;
  value = {};
  for (const Index extent : extents) value.push_back(extent);
  return true;
}
std::optional<ConfigValue> ConfigType<Shape>::write(const Shape& value) {
  return ConfigList(value.begin(), value.end());
}

bool ConfigType<NumberRange>::read(const ConfigValue& from, NumberRange& value) {
  if (ConfigType<double>::read(from, value.low)) {
    value.high = value.low;
    return true;
  }
  return read_pair(from, value.low, value.high) && value.low <= value.high;
}
std::optional<ConfigValue> ConfigType<NumberRange>::write(const NumberRange& value) {
  if (value.low == value.high) return value.low;
  return ConfigList{value.low, value.high};
}

bool ConfigType<Extent2>::read(const ConfigValue& from, Extent2& value) {
  if (ConfigType<Index>::read(from, value.h)) {
    value.w = value.h;
    return true;
  }
  return read_pair(from, value.h, value.w);
}
std::optional<ConfigValue> ConfigType<Extent2>::write(const Extent2& value) {
  if (value.h == value.w) return value.h;
  return ConfigList{value.h, value.w};
}

bool ConfigType<Padding>::read(const ConfigValue& from, Padding& value) {
  if (read_sides(from, value)) return true;
  auto& [top, bottom, left, right] = value;
  if (!read_pair(from, top, left)) return false;
  bottom = top;
  right = left;
  return std::min(top, left) >= 0;
}
std::optional<ConfigValue> ConfigType<Padding>::write(const Padding& value) {
  const auto& [top, bottom, left, right] = value;
  if (top == bottom && top == left && top == right) return top;
  return ConfigList{ConfigList{top, bottom}, ConfigList{left, right}};
}

bool ConfigType<PaddingRule>::read(const ConfigValue& from, PaddingRule& value) {
  using Kind = PaddingRule::Kind;
  value = {};
  if (const auto* name = from.as<std::string>()) {
    if (*name == "same") value.kind = Kind::same;
    return *name == "same" || *name == "valid";
  }
  value.kind = Kind::explicit_zeros;
  return read_sides(from, value.zeros);
}
std::optional<ConfigValue> ConfigType<PaddingRule>::write(const PaddingRule& value) {
  using Kind = PaddingRule::Kind;
  if (value.kind == Kind::explicit_zeros) return ConfigType<Padding>::write(value.zeros);
  return value.kind == Kind::same ? "same" : "valid";
}

}  // namespace adjoint
