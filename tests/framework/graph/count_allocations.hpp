#pragma once

namespace adjoint {

/// Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign and memalign by any thread of
/// this program, and of every library in it, since it started. `new` goes through malloc.
long allocation_count();

}  // namespace adjoint
