#pragma once

#include <fmt/format.h>

#include <stdexcept>

namespace adjoint {

/// A mistake that a user can fix. The message says what was wrong, where, and what to do about it.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
  template <class... Args>
  explicit Error(fmt::format_string<Args...> format, Args&&... args)
      : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

/// Bad usage or bad input: an argument, a config, a file. The program exits with status 2.
class InputError : public Error {
  using Error::Error;
};

/// Something failed while running: a full disk, a loss that is not a number. Exit status 1.
class RunError : public Error {
  using Error::Error;
};

}  // namespace adjoint
