#include "python/interruption.hpp"

#include <string>

namespace adjoint::python {
namespace {

namespace py = pybind11;
constexpr auto kPatience = std::chrono::milliseconds(50);

}  // namespace

void Interruption::check() {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kPatience) return;
  last_ = now;
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

std::unique_lock<std::timed_mutex> wait_for(std::timed_mutex& mutex) {
  std::unique_lock lock(mutex, std::defer_lock);
  Interruption interruption;
  while (!lock.try_lock_for(kPatience)) interruption.check();
  return lock;
}

void warn(std::string_view text) {
  constexpr std::string_view kPrefix = "warning: ";  // Python says so itself
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  if (PyErr_WarnEx(PyExc_UserWarning, std::string(text).c_str(), 1) != 0)
    throw py::error_already_set();
}

}  // namespace adjoint::python
