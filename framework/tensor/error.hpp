#pragma once

#include <fmt/format.h>

#include <stdexcept>

namespace adjoint {

/// A mistake that a user can fix. The message says what was wrong, where, and what to do about it.
class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Bad usage or bad input: an argument, a config, a file. The program exits with status 2.
class InputError : public Error {
 public:
  explicit InputError(const std::string& message) : Error(message) {}
  template <class... Args>
  explicit InputError(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// Something failed while running: a full disk, a loss that is not a number. Exit status 1.
class RunError : public Error {
 public:
  explicit RunError(const std::string& message) : Error(message) {}
  template <class... Args>
  explicit RunError(fmt::format_string<Args...> format, Args&&... args)
      : Error(fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace adjoint
