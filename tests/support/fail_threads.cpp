#include "tests/support/fail_threads.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace adjoint {
namespace {

int from_environment() {
  const char* text = std::getenv("ADJOINT_TEST_THREADS");
  return text ? std::atoi(text) : -1;
}

std::atomic<int>& threads_left() {
  static std::atomic<int> left = from_environment();
  return left;
}

}  // namespace

void allow_threads(int count) {
  threads_left() = count;
}

}  // namespace adjoint

// Stands before the C library's own in every program that links this file.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) {
  std::atomic<int>& left = adjoint::threads_left();
  if (left == 0) return EAGAIN;
  if (left > 0) --left;
  static const auto real =
      reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, body, argument);
}
