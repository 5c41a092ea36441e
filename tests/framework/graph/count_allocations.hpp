#pragma once

namespace adjoint {

/// Calls of malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign and new by any thread
/// of this program since it started, in all its libraries but those of vendors that compute for us:
/// BLAS and oneDNN, which take memory as they like.
long allocation_count();

}  // namespace adjoint
