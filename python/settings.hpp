#pragma once

// Configs and overrides as dicts, in the terms of TOML.

#include <pybind11/pybind11.h>

#include <string>
#include <vector>

namespace adjoint::python {

/// A dict as a TOML config, a line for each key at the top. Takes dicts, lists, tuples, NumPy's
/// arrays and numbers, paths, str, bool, int and float. Throws InputError, naming the key, for
/// anything else.
std::string toml_of(const pybind11::dict& config);

/// "key=value" texts, as --set takes them, of a dict: {"training.epochs": 2}, or with the tables
/// as dicts, {"training": {"epochs": 2}}. Each begins with `prefix`. None has none. Throws
/// InputError likewise; `argument` is the caller's name of the dict.
std::vector<std::string> overrides_of(const pybind11::object& overrides, const char* argument,
                                      const std::string& prefix = "");

}  // namespace adjoint::python
