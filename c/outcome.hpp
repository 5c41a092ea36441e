#pragma once

#include <new>
#include <string>

#include "framework/tensor/error.hpp"
#include "include/adjoint/adjoint.h"

namespace adjoint::c {

/// What this thread's last call left to tell.
struct Outcome {
  std::string error, warning;
};
Outcome& outcome();

void warn(const std::string& warning);

/// The status of `work`, whose exceptions become this thread's last error.
template <class Work>
adjoint_status guarded(Work work) noexcept {
  const auto failed = [](adjoint_status status, const char* message) noexcept {
    try {
      outcome().error = message;
    } catch (...) {  // no memory for the message: the status tells
    }
    return status;
  };
  try {
    outcome() = {};
    work();
    return ADJOINT_OK;
  } catch (const InputError& error) {
    return failed(ADJOINT_INPUT_ERROR, error.what());
  } catch (const Error& error) {
    return failed(ADJOINT_RUN_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return failed(ADJOINT_RUN_ERROR, "out of memory; set options.max_memory, or run fewer images");
  } catch (const std::exception& error) {
    return failed(ADJOINT_INTERNAL_ERROR, error.what());
  } catch (...) {
    return failed(ADJOINT_INTERNAL_ERROR, "an exception without a message");
  }
}

/// Throws InputError if a pointer that the caller must give is null.
template <class T>
T& given(T* pointer, const char* argument) {
  if (!pointer) throw InputError("{}: expected a pointer, got NULL", argument);
  return *pointer;
}

}  // namespace adjoint::c
