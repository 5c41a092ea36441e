#pragma once

// Conditions on config values. A check of a part serves the whole: at_least(1) holds for an Index,
// for both numbers of an Extent2, for every extent of a Shape and for an optional that is set.

#include <fmt/format.h>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/settings/config_type.hpp"

namespace adjoint {

template <class T>
struct Check;

/// The first part of `value` that fails the check, or null.
template <class T>
const T* first_failing(const T& value, const Check<T>& check) {
  return check.holds(value) ? nullptr : &value;
}
// Templates, so that no other check is converted into the one that they take.
template <std::same_as<double> T>
const T* first_failing(const NumberRange& range, const Check<T>& check) {
  return check.holds(range.low) ? first_failing(range.high, check) : &range.low;
}
template <std::same_as<Index> T>
const T* first_failing(const Extent2& extent, const Check<T>& check) {
  return check.holds(extent.h) ? first_failing(extent.w, check) : &extent.h;
}
template <std::same_as<Index> T>
const T* first_failing(const Shape& shape, const Check<T>& check) {
  for (const T& extent : shape)
    if (!check.holds(extent)) return &extent;
  return nullptr;
}
template <class T>
const T* first_failing(const std::vector<T>& list, const Check<T>& check) {
  for (const T& value : list)
    if (!check.holds(value)) return &value;
  return nullptr;
}
template <class Part, class T>
const T* first_failing(const std::optional<Part>& value, const Check<T>& check) {
  return value ? first_failing(*value, check) : nullptr;
}

/// A condition on a value and how to say it ("at least 1").
template <class T>
struct Check {
  std::function<bool(const T&)> holds{};
  std::string expected{};
  /// Suggests what a refused value was probably meant to be ("; did you mean \"adam\"?"), or "".
  std::function<std::string(const T&)> suggest{};
  /// The only values that hold, where they are a few names.
  std::vector<std::string> choices{};

  template <class Whole>
  requires requires(const Whole& whole, const Check<T>& check) { first_failing(whole, check); }
  operator Check<Whole>() const {
    const Check& part = *this;
    Check<Whole> check{[part](const Whole& value) { return first_failing(value, part) == nullptr; },
                       expected};
    if (suggest)
      check.suggest = [part](const Whole& value) {
        const T* wrong = first_failing(value, part);
        return wrong ? part.suggest(*wrong) : "";
      };
    check.choices = choices;
    return check;
  }
};

/// The config's number type for a C++ one, so that at_least(1) checks an Index.
template <class T>
using ConfigNumber = std::conditional_t<std::integral<T>, Index, double>;

template <class T>
Check<ConfigNumber<T>> at_least(T low) {
  return {[low](const auto& value) { return value >= low; }, fmt::format("at least {}", low)};
}
template <class T>
Check<ConfigNumber<T>> greater_than(T low) {
  return {[low](const auto& value) { return value > low; }, fmt::format("greater than {}", low)};
}
template <class T>
Check<ConfigNumber<T>> between(T low, T high) {
  return {[low, high](const auto& value) { return value >= low && value <= high; },
          fmt::format("between {} and {}", low, high)};
}
/// A share that leaves something: 0.9 of an old average, 0.2 of some images. With 1 an average
/// would never move, a velocity never end, and Adam divide by zero.
inline Check<double> below_one() {
  return {[](const double& value) { return value >= 0 && value < 1; }, "at least 0, below 1"};
}

/// A small number that keeps a divisor off zero, also as float32: with 0, a gradient or a deviation
/// that vanishes would give 0 / 0.
inline Check<double> divisor_guard() {
  return at_least(1e-30);
}
/// For text: one of a few names. A near miss gets a suggestion.
Check<std::string> one_of(std::vector<std::string> names);

}  // namespace adjoint
