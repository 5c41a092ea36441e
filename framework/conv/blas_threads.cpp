#include "framework/conv/blas_threads.hpp"

#include <mutex>

extern "C" {
void openblas_set_num_threads(int count);
int openblas_get_num_threads(void);
}

namespace adjoint {
namespace {

int threads_before = 1;
int living = 0;

std::mutex& guard() {
  static std::mutex mutex;
  return mutex;
}

// Before framework/conv/gemm.cpp sets it to 1: that one has no priority.
__attribute__((constructor(101))) void note_threads() {
  threads_before = openblas_get_num_threads();
}

}  // namespace

void SingleThreadedBlas::give_back() {
  openblas_set_num_threads(threads_before);
}

SingleThreadedBlas::SingleThreadedBlas() {
  const std::lock_guard lock(guard());
  if (living++ > 0) return;
  threads_before = openblas_get_num_threads();  // others may have changed it
  openblas_set_num_threads(1);
}

SingleThreadedBlas::~SingleThreadedBlas() {
  const std::lock_guard lock(guard());
  if (--living == 0) give_back();
}

}  // namespace adjoint
